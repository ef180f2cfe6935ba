import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Latency } from '#apps/bigip-simulator/src/as3/audit';
import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';
import { systemClock } from '#platform/clock';
import { type BenchmarkContext } from './benchmark.js';

export const appNames = ['projector', 'worker', 'watcher', 'api'] as const;
export type AppName = (typeof appNames)[number];

export interface InstallationOptions {
  readonly tenants: readonly string[];
  /** Text of ces-conf.yaml. */
  readonly configuration: string;
  readonly latency: Latency;
}

export interface Usage {
  /** The most memory that the process has had. */
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

/** Both simulators in this process, and the apps as they were built, each in a process of its own. */
export class Installation {
  private readonly children = new Map<AppName, ChildProcess>();

  private constructor(
    readonly cluster: KubeSimulator,
    readonly device: BigipSimulator,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly directory: string,
  ) {}

  /** Everything but the apps; the cluster is the installation's from now on. */
  static async create(
    { databaseUrl, redisUrl, prefix }: BenchmarkContext,
    cluster: KubeSimulator,
    { tenants, configuration, latency }: InstallationOptions,
  ): Promise<Installation> {
    const device = await startBigipSimulator({
      latency,
      content: {
        partitions: tenants.map((name) => ({ name })),
        routeDomains: tenants.map((name, index) => ({ path: `/${name}/rd${index + 1}`, id: index + 1 })),
      },
    });
    const directory = await mkdtemp(join(tmpdir(), 'ces-bench-'));
    const file = async (name: string, text: string) => {
      await writeFile(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    const installation = new Installation(
      cluster,
      device,
      {
        DATABASE_URL: databaseUrl,
        ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
        CES_STREAM_PREFIX: prefix,
        KUBECONFIG: await file('kubeconfig', cluster.kubeconfig),
        CES_CONFIG: await file('ces-conf.yaml', configuration),
        BIGIP_URL: device.url,
        BIGIP_USERNAME: 'admin',
        BIGIP_PASSWORD: 'admin',
        BIGIP_CA_FILE: await file('ca.pem', device.caCertificate),
        LOG_LEVEL: 'warn',
      },
      directory,
    );
    const [code] = (await once(installation.spawn('projector/src/migrate.js', {}), 'exit')) as [number | null];
    if (code !== 0) throw new Error('The database could not be migrated.');
    return installation;
  }

  async startApps(): Promise<void> {
    for (const app of appNames) {
      const port = await freePort();
      this.children.set(app, this.spawn(`${app}/src/main.js`, { PORT: String(port) }));
    }
  }

  /** What each process has used since its start; null where /proc does not tell. */
  async usage(): Promise<Readonly<Record<AppName, Usage>> | null> {
    if (process.platform !== 'linux') return null;
    const used = appNames.map(async (app) => [app, await usageOf(this.children.get(app)?.pid ?? 0)] as const);
    return Object.fromEntries(await Promise.all(used)) as Record<AppName, Usage>;
  }

  /**
   * Waits until `reached`.
   * @throws Error when an app has ended, or after `seconds`.
   */
  async until(what: string, seconds: number, reached: () => boolean): Promise<void> {
    for (const end = performance.now() + seconds * 1_000; !reached();) {
      const ended = [...this.children].find(([, child]) => child.exitCode !== null);
      if (ended !== undefined) throw new Error(`The ${ended[0]} ended by itself with ${ended[1].exitCode}.`);
      if (performance.now() > end) throw new Error(`After ${seconds} s there was still no ${what}.`);
      await systemClock.sleep(5);
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children.values()) {
      if (child.exitCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await this.cluster.close();
    await this.device.close();
    await rm(this.directory, { recursive: true });
  }

  private spawn(program: string, more: Readonly<Record<string, string>>): ChildProcess {
    const path = new URL(`../../apps/${program}`, import.meta.url).pathname;
    const env = { PATH: process.env['PATH'], ...this.environment, ...more };
    return spawn(process.execPath, [path], { env, stdio: ['ignore', 2, 2] });
  }
}

/** From Linux' /proc, whose clock ticks a hundred times a second. */
async function usageOf(pid: number): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { peakMiB: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024, cpuSeconds: (user + system) / 100 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
