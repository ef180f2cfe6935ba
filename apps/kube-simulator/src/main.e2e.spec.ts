import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../../dist/apps/kube-simulator/src/main.js', import.meta.url));

const manifests = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example/web:1 }] }
---
apiVersion: kubeovn.io/v1alpha1
kind: ServiceEgressRule
metadata: { name: web-out, namespace: shop }
spec: { action: accept, service: web, externalServices: [github] }
`;

/** The program in a process of its own, and what it has said so far. */
class Program {
  output = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exit: Promise<unknown>;

  constructor(parameters: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.#child.kill(signal);
    await this.#exit;
    return this.#child.exitCode;
  }
}

describe('the program', () => {
  let folder: string;
  let started: Program | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kube-simulator-'));
  });

  afterEach(async () => {
    await started?.end('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const start = (...parameters: readonly string[]): Program => (started = new Program(parameters));

  it('says what it can do', async () => {
    const help = start('--help');
    expect(await help.end()).toBe(0);
    for (const flag of ['--port', '--kubeconfig-out', '--manifests', '--bare']) expect(help.output).toContain(flag);
  });

  it('begins with manifests, writes a kubeconfig for its owner alone, and stops on SIGTERM', async () => {
    const [file, kubeconfig] = [join(folder, 'shop.yaml'), join(folder, 'kubeconfig')];
    await writeFile(file, manifests);
    const simulator = start('--port', '0', '--manifests', folder, '--kubeconfig-out', kubeconfig);
    await expect.poll(() => simulator.output, { timeout: 60_000 }).toContain('listening on https://127.0.0.1:');
    expect(simulator.output).toContain(`${file}: 3 objects`);
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
    const config = new KubeConfig();
    config.loadFromString(await readFile(kubeconfig, 'utf8'));
    const { items: pods } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'shop' });
    expect(pods.map(({ metadata, status }) => [metadata?.name, status?.phase])).toEqual([['web', 'Running']]);
    const rules = { group: 'kubeovn.io', version: 'v1alpha1', namespace: 'shop', plural: 'serviceegressrules' };
    const rule: unknown = await config
      .makeApiClient(CustomObjectsApi)
      .getNamespacedCustomObject({ ...rules, name: 'web-out' });
    expect(rule).toMatchObject({ spec: { action: 'accept' } });
    expect(await simulator.end('SIGTERM')).toBe(0);
    expect(simulator.output).toMatch(/stopped\n$/);
  });

  it('names the file and the line of what it cannot take', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(file, `${manifests}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\n`);
    const simulator = start('--port', '0', '--manifests', file);
    expect(await simulator.end()).toBe(1);
    expect(simulator.output).toContain(
      `${file}: line 16: the simulator serves no Deployment of apps/v1; it serves Namespace, Pod`,
    );
  });
});
