import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { connectDevice } from '#apply/adapters/connect-device';
import { DeviceFailure, failures } from '#apply/domain/failures';
import { type Configuration } from '#core/configuration';
import { requireConfiguration } from '#core/configuration-parser';
import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { readSettings, type Settings } from '#platform/settings';
import { dataSource } from '#project/adapters/data-source';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { readdir, readFile } from 'node:fs/promises';
import { type DataSource } from 'typeorm';
import { isConverged } from './convergence.js';
import { startServices } from './demo-services.js';
import { startDeviceFor } from './devices.js';
import { Resources } from '../resources.js';
import { tell } from './story.js';
import { countRows, type Summary } from './summary.js';
import { startSystem, type SystemSettings } from '../system.js';
import { type Terminal } from './terminal.js';
import { createWorkspace } from './workspace.js';

export interface DemoOptions {
  readonly settings: Settings['demo'];
  /** ces-conf.yaml; the one of the samples unless named. */
  readonly configurationFile: string;
  /** Directory of the manifests that the story applies. */
  readonly manifests: string;
  /** Of the API; 0 takes a free one. */
  readonly port: number;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface Demo {
  readonly apiUrl: string;
  /** Plays the story (or, on a real cluster, waits until its rules are on the device) and sums it up. */
  play(): Promise<Summary>;
  stop(): Promise<void>;
}

/** Starts everything in this process: database, simulators, and the system between them. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { terminal, settings } = options;
  const resources = new Resources();
  try {
    const configuration = requireConfiguration(await readFile(options.configurationFile, 'utf8'));
    terminal.line('Starting PostgreSQL …');
    const services = await resources.keep(startServices(settings), (started) => started.stop());
    terminal.line('Starting a simulated BIG-IP …');
    const device = await resources.keep(startDeviceFor(configuration), (started) => started.close());
    const cluster =
      settings.kubernetes === undefined
        ? await resources.keep(startKubeSimulator(), (started) => started.close())
        : null;
    const workspace = await resources.keep(createWorkspace(), (created) => created.remove());
    const kubeconfig = cluster === null ? null : await workspace.write('kubeconfig', cluster.kubeconfig);
    const environment = {
      DATABASE_URL: services.databaseUrl,
      CES_STREAM_PREFIX: services.streamPrefix,
      ...(settings.redis === undefined ? {} : { REDIS_URL: settings.redis.url.reveal() }),
      ...(kubeconfig === null ? {} : { KUBECONFIG: kubeconfig }),
      CES_CONFIG: options.configurationFile,
      BIGIP_URL: device.url,
      BIGIP_USERNAME: 'admin',
      BIGIP_PASSWORD: 'admin',
      BIGIP_CA_FILE: await workspace.write('bigip-ca.pem', device.caCertificate),
      PORT: String(options.port),
      // Nobody else has any business with a demo.
      LISTEN_ADDRESS: '127.0.0.1',
    };
    terminal.line('Starting watcher, projector, worker and API …');
    const systemSettings = settingsOf(environment, settings);
    const system = await resources.keep(startSystem(systemSettings, options.logger), (started) => started.stop());
    const source = await resources.keep(dataSource(services.databaseUrl), (connected) => connected.destroy());
    return {
      apiUrl: system.apiUrl,
      play: () => play(options, { configuration, device, cluster, source, settings: systemSettings }),
      stop: () => resources.release(),
    };
  } catch (error) {
    await resources.release();
    throw error;
  }
}

interface Set {
  readonly configuration: Configuration;
  readonly device: BigipSimulator;
  /** Null when a real cluster takes its place. */
  readonly cluster: KubeSimulator | null;
  readonly source: DataSource;
  readonly settings: SystemSettings;
}

async function play(options: DemoOptions, set: Set): Promise<Summary> {
  const { terminal, clock, signal } = options;
  const queries = new PostgresQueries(set.source);
  const outageSeconds =
    set.cluster === null
      ? 0
      : (await tell({ ...options, queries, device: set.device, cluster: set.cluster }, await read(options.manifests)))
          .outageSeconds;
  const connected = await connectDevice(set.settings.worker.bigip, clock);
  try {
    const state = new PostgresDesiredState(set.source, clock);
    const converged = async () => {
      const tenants = (await queries.tenants()).map(({ tenant }) => tenant);
      return isConverged(connected.device, state, set.configuration.deviceName, tenants, signal);
    };
    terminal.chapter('Does the device hold what a fresh compilation says?');
    const held = await eventually(converged, clock, signal);
    terminal.line(held ? 'It does.' : 'It does not.');
    const declares = set.device.counters.declares;
    return {
      ...(await countRows(set.source)),
      declares,
      outageSeconds: Math.round(outageSeconds * 10) / 10,
      converged: held,
    };
  } finally {
    connected.close();
  }
}

/**
 * On a cluster of one's own things go on meanwhile: what does not hold at once may hold after the next declaration. And
 * after an outage the worker compares each tenant, so that AS3 may be at work.
 */
async function eventually(check: () => Promise<boolean>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < 30; tries += 1) {
    if (await check().catch(falseWhileBusy)) return true;
    await clock.sleep(1_000, signal);
  }
  return false;
}

function falseWhileBusy(error: unknown): false {
  if (error instanceof DeviceFailure && failures[error.kind].device === 'busy') return false;
  throw error;
}

function settingsOf(environment: Readonly<Record<string, string>>, settings: Settings['demo']): SystemSettings {
  const source = { arguments: [], environment };
  const kubernetes = settings.kubernetes;
  // What a user named by flag is used as it was read; the simulator's kubeconfig stands in the environment.
  const watcher = readSettings('watcher', {
    ...source,
    environment: { ...environment, KUBECONFIG: environment['KUBECONFIG'] ?? 'by flag' },
  });
  return {
    watcher: kubernetes === undefined ? watcher : { ...watcher, kubernetes },
    projector: readSettings('projector', source),
    worker: readSettings('worker', source),
    api: readSettings('api', source),
  };
}

async function read(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(names.map((name) => readFile(`${directory}/${name}`, 'utf8')));
}
