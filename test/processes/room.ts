import { type SimulatorOptions } from '#apps/bigip-simulator/src/options';
import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { type AppName, AppProcess } from '#testing/app-process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface RoomOptions {
  readonly databaseUrl: string;
  /** Without it, the stream is in the database. */
  readonly redisUrl: string | undefined;
  readonly streamPrefix: string;
  /** What is to stand in ces-conf.yaml. */
  readonly configuration: string;
  /** With a `password`, for it has to be looked for in what the processes say. */
  readonly device: SimulatorOptions & { readonly password: string };
}

/** Where a process finds what it speaks to. */
export interface Addresses {
  readonly database: string;
  readonly redis: string | undefined;
  readonly cluster: string;
  readonly device: string;
}

/** A simulated cluster and BIG-IP in the test's process, a database, and the apps as they were built, each in a process of its own. */
export class Room {
  private files = 0;

  private constructor(
    readonly cluster: KubeSimulator,
    readonly device: BigipSimulator,
    private readonly options: RoomOptions,
    private readonly directory: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Nothing of CES runs yet, and the database is as it was. */
  static async open(options: RoomOptions): Promise<Room> {
    const [cluster, device, directory] = await Promise.all([
      startKubeSimulator(),
      startBigipSimulator(options.device),
      mkdtemp(join(tmpdir(), 'ces-test-')),
    ]);
    const file = async (name: string, text: string) => {
      await writeFile(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    await file('username', 'admin');
    await file('password', options.device.password);
    return new Room(cluster, device, options, directory, {
      CES_STREAM_PREFIX: options.streamPrefix,
      CES_CONFIG: await file('ces-conf.yaml', options.configuration),
      BIGIP_CREDS_DIR: directory,
      BIGIP_CA_FILE: await file('ca.pem', device.caCertificate),
      LOG_LEVEL: 'info',
    });
  }

  /** Without detours. */
  get addresses(): Addresses {
    const { databaseUrl, redisUrl } = this.options;
    return { database: databaseUrl, redis: redisUrl, cluster: this.cluster.url, device: this.device.url };
  }

  /** Brings the database up, as the Job does. @throws Error when that fails */
  async migrate(): Promise<void> {
    const env = await this.environmentFor(this.addresses);
    const migration = spawn(process.execPath, ['dist/apps/projector/src/migrate.js'], { env, stdio: 'ignore' });
    const [code] = (await once(migration, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`The migration ended with ${code}.`);
  }

  /** Gives ces-conf.yaml another content, while processes run. */
  async configure(text: string): Promise<void> {
    await writeFile(join(this.directory, 'ces-conf.yaml'), text);
  }

  /** Starts one more process, which may not be ready yet. */
  async start(app: AppName, addresses = this.addresses): Promise<AppProcess> {
    return AppProcess.start(app, await this.environmentFor(addresses));
  }

  /** For those who speak to the device or read settings as the apps do. */
  async environmentFor({ database, redis, cluster, device }: Addresses): Promise<Readonly<Record<string, string>>> {
    this.files += 1;
    const kubeconfig = join(this.directory, `kubeconfig-${this.files}`);
    await writeFile(kubeconfig, this.cluster.kubeconfig.replace(this.cluster.url, cluster.replace(/\/$/, '')), {
      mode: 0o600,
    });
    return {
      ...this.environment,
      DATABASE_URL: database,
      ...(redis === undefined ? {} : { REDIS_URL: redis }),
      KUBECONFIG: kubeconfig,
      BIGIP_URL: device,
    };
  }

  /** The processes are the caller's. */
  async close(): Promise<void> {
    await this.cluster.close();
    await this.device.close();
    await rm(this.directory, { recursive: true });
  }
}
