import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { manifestTool } from './manifest-tools.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const compose = manifestTool('compose', ['docker-compose.yml'], 'The compose file is not loaded');

/** Docker Compose's own loader, as `docker compose config` runs it; a minus stands for standard input. */
const load = (file: string, input = '') =>
  spawnSync(compose ?? '', [file], { cwd: repository, input, encoding: 'utf8' });

describe.skipIf(compose === null)('loaded as Docker Compose does', () => {
  it('docker-compose.yml is valid, and every service waits for what it needs', () => {
    const { status, stdout, stderr } = load('docker-compose.yml');
    expect([status, stderr]).toEqual([0, '']);
    const { services } = project.parse(parse(stdout));
    const needs = (name: string) => Object.keys(services[name]?.depends_on ?? {});
    expect(needs('worker')).toEqual(expect.arrayContaining(['bigip-simulator', 'migrate', 'redis']));
    expect(needs('migrate')).toContain('postgres');
  });

  it('a slip of the pen is not', () => {
    const { status, stderr } = load('-', 'services: {a: {image: b, depend_on: [c]}}');
    expect(status).not.toBe(0);
    expect(stderr).toContain('depend_on');
  });
});

const project = z.object({
  services: z.record(z.string(), z.object({ depends_on: z.record(z.string(), z.unknown()).default({}) })),
});
