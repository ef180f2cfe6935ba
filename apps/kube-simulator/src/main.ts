import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startKubeSimulator, type KubeSimulator } from './simulator.js';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly kubeconfigOut?: string;
  readonly manifests: readonly string[];
  readonly bare: boolean;
  readonly bookmarkInterval: number;
}

const command = new Command('kube-simulator')
  .description('The part of the Kubernetes API that Container Egress Services uses, in memory.')
  .option('--host <address>', 'address to listen on; 0.0.0.0 lets others in', '127.0.0.1')
  .option('--port <number>', 'port; 0 takes any free one', parsePort, 6_443)
  .option('--token <text>', "the administrator's bearer token; random by default")
  .option('--kubeconfig-out <file>', 'where to write a kubeconfig, readable by its owner only')
  .option('--manifests <path...>', 'YAML files, or directories of them, to begin with', [])
  .option('--bare', 'an API server only: no pods run and no endpoint slices follow', false)
  .option('--bookmark-interval <milliseconds>', 'time between the bookmarks of a watch', parseCount, 60_000)
  .action(simulate);

async function simulate(flags: Flags): Promise<void> {
  const { host, port, token, bare, bookmarkInterval, kubeconfigOut } = flags;
  const simulator = await startKubeSimulator({
    host,
    port,
    ...(token === undefined ? {} : { token }),
    bookmarkInterval,
  });
  const stopped = untilStopped();
  for (const path of flags.manifests) await load(simulator, path);
  if (!bare) simulator.startClusterLife();
  if (kubeconfigOut !== undefined) {
    await writeFile(kubeconfigOut, simulator.kubeconfig, { mode: 0o600 });
    say(`kubectl --kubeconfig ${kubeconfigOut} get namespaces`);
  }
  say(`listening on ${simulator.url}`);
  await stopped;
  await simulator.close();
  say('stopped');
}

async function load(simulator: KubeSimulator, path: string): Promise<void> {
  for (const file of await manifestFiles(path)) {
    try {
      say(`${file}: ${simulator.applyManifests(await readFile(file, 'utf8')).length} objects`);
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

async function manifestFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => {
      resolve();
    });
    process.once('SIGINT', () => {
      resolve();
    });
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Give a positive whole number.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await command.parseAsync();
} catch (error) {
  process.stderr.write(`kube-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
