import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { requireConfiguration } from '#core/configuration-parser';
import { type App, readSettings } from '#platform/settings';

const repository = new URL('../../', import.meta.url);

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
});

const compose = z.object({ services: z.record(z.string(), service) });

const text = readFileSync(new URL('docker-compose.yml', repository), 'utf8');
const { services } = compose.parse(parse(text, { merge: true }));
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('container-egress-services:'));
const apps: readonly App[] = ['migrate', 'watcher', 'projector', 'worker', 'api'];

describe('docker-compose.yml', () => {
  it('runs everything that CES needs', () => {
    expect(Object.keys(services).sort()).toEqual(
      [...apps, 'bigip-simulator', 'kube-simulator', 'postgres', 'redis'].sort(),
    );
  });

  it.each(apps)('%s finds every setting that it reads', (app) => {
    const environment = services[app]?.environment ?? {};
    expect(() => readSettings(app, { environment, arguments: [] })).not.toThrow();
  });

  it.each(ours)('%s runs without rights that it does not need', (_name, process) => {
    expect(process).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('keeps what is on the stream over a restart of Redis, and evicts nothing', () => {
    const command = services['redis']?.command.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
  });

  it('publishes nothing beyond this machine', () => {
    const published = Object.values(services).flatMap(({ ports }) => ports);
    expect(published.length).toBeGreaterThan(0);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('begins with a BIG-IP on which everything stands that ces-conf.yaml expects', () => {
    const configuration = requireConfiguration(readFileSync(new URL('k8s/samples/ces-conf.yaml', repository), 'utf8'));
    const tenants = configuration.tenants.filter(({ name }) => name !== 'Common');
    expect(services['bigip-simulator']?.command).toContain('--content=/content.json');
    expect(JSON.parse(readFileSync(new URL('compose/bigip.json', repository), 'utf8'))).toEqual({
      partitions: tenants.map(({ name }) => ({ name })),
      routeDomains: tenants.map(({ name, routeDomain }) => ({
        path: `/${name}/${routeDomain?.name ?? ''}`,
        id: routeDomain?.id,
      })),
      iRules: configuration.bandwidths.map((name) => `/Common/${name}`),
    });
  });

  it('mounts only files that are there', () => {
    const mounted = Object.values(services).flatMap(({ volumes }) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const missing = mounted.filter((path) => path.startsWith('./') && !existsSync(new URL(path, repository)));
    expect(missing).toEqual([]);
  });
});
