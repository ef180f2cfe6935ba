import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '#testing/wait-for';

const program = fileURLToPath(new URL('../../../dist/apps/bigip-simulator/src/main.js', import.meta.url));

describe('the simulator as a process', () => {
  let directory: string;
  let child: ChildProcess | undefined;
  let output: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bigip-simulator-'));
    output = '';
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  function start(...flags: string[]): ChildProcess {
    child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return child;
  }

  async function started(): Promise<string> {
    await waitFor(() => {
      expect(output).toMatch(/listening on https:/);
    });
    return /https:\S+/.exec(output)?.[0] ?? '';
  }

  async function statusOf(url: string, ca: string): Promise<number> {
    const request = get(url, { auth: 'admin:secret', agent: new Agent({ ca }) });
    const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  }

  it('answers whoever trusts the authority that it wrote, and stops cleanly on SIGTERM', async () => {
    const [caFile, content] = [join(directory, 'ca.pem'), join(directory, 'content.json')];
    await writeFile(content, JSON.stringify({ partitions: [{ name: 'T1' }], iRules: ['/Common/bwc'] }));
    const running = start('--port', '0', '--password', 'secret', '--ca-file', caFile, '--content', content);
    const url = await started();
    const ca = await readFile(caFile, 'utf8');
    expect(await statusOf(`${url}/mgmt/shared/appsvcs/info`, ca)).toBe(200);
    expect(await statusOf(`${url}/mgmt/tm/auth/partition/T1`, ca)).toBe(200);
    expect(await statusOf(`${url}/mgmt/tm/ltm/rule/~Common~bwc`, ca)).toBe(200);
    running.kill('SIGTERM');
    expect(await once(running, 'exit')).toEqual([0, null]);
    expect(output).toMatch(/stopped\n$/);
    expect(output).not.toContain('secret');
  });

  it('names the file that it cannot read', async () => {
    const content = join(directory, 'content.json');
    await writeFile(content, JSON.stringify({ partition: 'T1' }));
    const [code] = (await once(start('--port', '0', '--content', content), 'exit')) as [number];
    expect(code).toBe(1);
    expect(output).toContain(content);
  });
});
