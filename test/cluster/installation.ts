import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppName, AppProcess } from '#testing/app-process';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { testPrefix, testRedisUrl } from '#testing/test-redis';
import { render } from '../manifests/kustomize.js';
import { type Manifest } from '../manifests/manifest.js';
import { environmentOf, workloadOf } from '../manifests/workload.js';
import { type ApiServer } from './api-server.js';
import { Device } from './device.js';
import { Kubectl, type Outcome } from './kubectl.js';
import { Program } from './program.js';

export const namespace = 'ces-system';

const appNames: readonly AppName[] = ['projector', 'worker', 'api', 'watcher'];

/** The tenants of the tests' ces-conf.yaml, beside Common. */
const partitions = ['shop', 'team', 'load'] as const;

const configuration = `
clusterName: k8s
layout: in-place
isSupportRouteDomain: true
schemaVersion: '3.56.0'
tenant:
  - name: Common
    namespaces: ''
    routeDomain: { id: 0, name: '0' }
${partitions
  .map(
    (name, index) => `
  - name: ${name}
    namespaces: '${name},${name}-staging'
    routeDomain: { id: ${index + 2}, name: rd${index + 2} }
    gwPool: { serverAddresses: [192.0.2.1] }
`,
  )
  .join('')}`;

/**
 * CES as README.md says that it is installed: a copy of k8s/overlays/example with our own settings, applied by kubectl.
 * What its Deployments would run then runs as processes, with the environment, the files and (the watcher alone) the
 * token that a kubelet would give them. Database and Redis are those of the tests; the BIG-IP is a simulated one.
 */
export class Installation {
  readonly #processes: AppProcess[] = [];

  private constructor(
    readonly server: ApiServer,
    /** The administrator's. */
    readonly kubectl: Kubectl,
    readonly device: Device,
    private readonly parts: Parts,
  ) {}

  /** Applies the manifests, migrates the database and makes the device; no process of CES runs yet. */
  static async prepare(server: ApiServer): Promise<Installation> {
    const directory = await mkdtemp(join(tmpdir(), 'ces-installation-'));
    const password = randomBytes(12).toString('hex');
    const [device, database] = await Promise.all([Device.start(directory, password, partitions), createTestDatabase()]);
    const overlay = await writeOverlay(directory, { device, password, database });
    const kubectl = await Kubectl.as(server.kubeconfig());
    const parts = { directory, overlay, database, password, prefix: testPrefix(), objects: render(overlay) };
    return new Installation(server, kubectl, device, parts);
  }

  /** Installs and starts everything, and waits until each process says that it is ready. */
  static async start(server: ApiServer): Promise<Installation> {
    const installation = await Installation.prepare(server);
    await Promise.all([installation.apply(), installation.migrate()]);
    await installation.runAll();
    return installation;
  }

  /** What kubectl says to `kubectl apply -k my-ces`. */
  apply(): Promise<Outcome> {
    return this.kubectl.try(['apply', '-k', this.parts.overlay]);
  }

  /** What `kubectl apply -k my-ces` would change now. */
  difference(): Promise<Outcome> {
    return this.kubectl.try(['diff', '-k', this.parts.overlay]);
  }

  /** Runs the Job that brings the database up. */
  async migrate(): Promise<void> {
    const main = 'dist/apps/projector/src/migrate.js';
    await new Program({
      program: process.execPath,
      arguments: [main],
      environment: this.environment('migrate'),
    }).succeeded();
  }

  /** Starts a process of each Deployment, and waits until it says of itself that it can do its job. */
  async runAll(apps: readonly AppName[] = appNames): Promise<void> {
    await Promise.all(apps.map(async (app) => (await this.run(app)).ready()));
  }

  /** Starts a process of a Deployment; one with a service account's token, if given, reaches the API server at `url`. */
  async run(app: AppName, url = this.server.url): Promise<AppProcess> {
    const environment = { ...this.environment(app), ...(await this.access(app, url)) };
    const started = await AppProcess.start(app, environment);
    this.#processes.push(started);
    return started;
  }

  /** A token of a service account of the installation, as the kubelet would fetch it. */
  async tokenOf(account: string): Promise<string> {
    return (await this.kubectl.run(['create', 'token', account, '-n', namespace])).trim();
  }

  /** The objects that `kubectl apply -k` applies. */
  get objects(): readonly Manifest[] {
    return this.parts.objects;
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.kill()));
    await this.device.close();
    await this.kubectl.close();
    await this.parts.database.drop();
    await rm(this.parts.directory, { recursive: true, force: true });
  }

  /** What the container sees, with our folders in place of the volumes. */
  private environment(app: AppName | 'migrate'): Record<string, string> {
    const { objects, overlay, prefix } = this.parts;
    const [container] = workloadOf(objects, `ces-${app}`).spec.template.spec.containers;
    const mounted = (value: string) =>
      value.replace('/etc/ces/configuration', overlay).replace('/etc/ces/bigip', join(overlay, 'bigip'));
    const entries = Object.entries(environmentOf(container, objects));
    const environment = Object.fromEntries(entries.map(([name, value]) => [name, mounted(value)]));
    return { ...environment, CES_STREAM_PREFIX: prefix };
  }

  private async access(app: AppName, url: string): Promise<Record<string, string>> {
    const { serviceAccountName, automountServiceAccountToken } = workloadOf(this.parts.objects, `ces-${app}`).spec
      .template.spec;
    if (!automountServiceAccountToken) return {};
    const file = join(this.parts.directory, `kubeconfig-${this.#processes.length}`);
    const token = await this.tokenOf(serviceAccountName);
    await writeFile(file, this.server.kubeconfig({ token, url, namespace }), { mode: 0o600 });
    return { KUBECONFIG: file };
  }
}

interface Parts {
  readonly directory: string;
  /** The folder that is applied. */
  readonly overlay: string;
  readonly database: TestDatabase;
  readonly password: string;
  readonly prefix: string;
  readonly objects: readonly Manifest[];
}

/** Copies k8s, and writes into overlays/example what its user would. */
async function writeOverlay(
  directory: string,
  { device, password, database }: { device: Device; password: string; database: TestDatabase },
): Promise<string> {
  await cp('k8s', join(directory, 'k8s'), { recursive: true });
  const overlay = join(directory, 'k8s/overlays/example');
  const files = {
    'ces-conf.yaml': configuration,
    'settings.env': `BIGIP_URL=${device.url}\n`,
    'connections.env': `DATABASE_URL=${database.url}\nREDIS_URL=${testRedisUrl() ?? ''}\n`,
    'bigip/username': 'admin',
    'bigip/password': password,
    'bigip/ca.crt': device.authority,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(overlay, name), content);
  return overlay;
}
