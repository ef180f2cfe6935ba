import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { requireConfiguration } from '#core/configuration-parser';
import { systemClock } from '#platform/clock';
import { createHealth } from '#platform/health';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { readSettings } from '#platform/settings';
import { waitFor } from '#testing/wait-for';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metricCatalogue } from '../../../test/monitoring/metric-catalogue.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDeviceFor } from './demo/devices.js';
import { type RunningStandalone, startStandalone } from './standalone.js';

const samples = 'k8s/samples';
const web = { namespace: 'shop', name: 'web' } as const;
const labels = { 'app.kubernetes.io/name': 'web' };

describe('standalone', () => {
  let directory: string;
  let cluster: KubeSimulator;
  let device: BigipSimulator;
  let environment: Readonly<Record<string, string>>;
  let running: RunningStandalone[];

  beforeEach(async () => {
    running = [];
    directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
    // PostgreSQL runs as somebody else where this process is root.
    await chmod(directory, 0o755);
    cluster = await startKubeSimulator();
    device = await startDeviceFor(requireConfiguration(await readFile(`${samples}/ces-conf.yaml`, 'utf8')));
    const file = async (name: string, text: string) => {
      await writeFile(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    environment = {
      CES_DATA_DIR: join(directory, 'data'),
      CES_CONFIG: `${samples}/ces-conf.yaml`,
      KUBECONFIG: await file('kubeconfig', cluster.kubeconfig),
      BIGIP_URL: device.url,
      BIGIP_USERNAME: 'admin',
      BIGIP_PASSWORD: 'admin',
      BIGIP_CA_FILE: await file('ca.pem', device.caCertificate),
      PORT: '0',
    };
    for (const name of (await readdir(`${samples}/manifests`)).sort()) {
      cluster.applyManifests(await readFile(`${samples}/manifests/${name}`, 'utf8'));
    }
    const spec = { selector: labels, ports: [{ port: 80 }] };
    cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: web, spec });
    cluster.runDeployment({ ...web, replicas: 2, labels });
  });

  afterEach(async () => {
    for (const standalone of running) await standalone.close();
    await cluster.close();
    await device.close();
    await rm(directory, { recursive: true });
  });

  const start = async () => {
    const started = await startStandalone({
      settings: readSettings('standalone', { environment, arguments: [] }),
      logger: silentLogger,
      metrics: createMetrics({ app: 'standalone' }),
      health: createHealth(),
      clock: systemClock,
    });
    running.push(started);
    return started;
  };
  const stop = async (standalone: RunningStandalone) => {
    running = running.filter((other) => other !== standalone);
    await standalone.close();
  };
  const verdicts = () =>
    cluster.list('Pod', web.namespace).map((pod) => {
      const { podIP } = pod['status'] as { readonly podIP: string };
      const packet = { source: podIP, destination: '198.51.100.10', protocol: 'tcp', port: 443, partition: 'shop' };
      return device.evaluate(packet).action;
    });
  const statusOf = (kind: string, name: string) => cluster.get(kind, web.namespace, name)?.['status'];

  it('keeps a firewall in step with a cluster, and what it knows over a restart', async () => {
    const first = await start();
    await waitFor(() => {
      expect(verdicts()).toEqual(['accept', 'accept']);
      expect(statusOf('ServiceEgressRule', 'web-to-bank')).toMatchObject({ phase: 'Success', addresses: 2 });
    });
    await waitFor(async () => {
      expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    });
    const versions = await tenantsOf(first);
    const declares = device.counters.declares;
    await stop(first);

    cluster.scale(web.namespace, web.name, 3);
    const second = await start();
    await waitFor(() => {
      expect(statusOf('ServiceEgressRule', 'web-to-bank')).toMatchObject({ phase: 'Success', addresses: 3 });
    });
    expect(verdicts()).toEqual(['accept', 'accept', 'accept']);
    // What was declared before the restart is known: only the tenant with the new pod is declared again.
    expect(await tenantsOf(second)).toEqual(
      versions.map(({ tenant, version }) => ({ tenant, version: tenant === 'shop' ? version + 1 : version })),
    );
    expect(device.counters.declares).toBe(declares + 1);
  });

  it('reports every metric of the catalogue, each part its own', async () => {
    const { urls } = await start();
    const scrapes = new Map<string, string>();
    for (const [part, url] of urls) scrapes.set(part, await (await fetch(`${url}/metrics`)).text());
    for (const { name, type, apps } of metricCatalogue()) {
      for (const app of apps) expect(scrapes.get(app), app).toContain(`# TYPE ${name} ${type}\n`);
    }
  });

  it('is ready when all of its parts are', async () => {
    const standalone = await start();
    await waitFor(async () => {
      const report = (await (await fetch(`${standalone.url}/readyz`)).json()) as { readonly checks: unknown };
      const names = ['database', 'stream', 'watcher', 'projector', 'worker'];
      expect(report.checks).toEqual(names.map((name) => ({ name, state: 'ready' })));
    });
  });
});

async function tenantsOf({ url }: RunningStandalone): Promise<{ tenant: string; version: number }[]> {
  const { entries } = (await (await fetch(`${url}/api/v1/tenants`)).json()) as {
    readonly entries: readonly { readonly tenant: string; readonly version: number }[];
  };
  return entries.map(({ tenant, version }) => ({ tenant, version }));
}
