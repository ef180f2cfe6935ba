import { iRule } from '#apps/bigip-simulator/src/device/objects';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';
import { type AppName, type AppProcess } from '#testing/app-process';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { testPrefix, testRedisUrl } from '#testing/test-redis';
import { waitFor } from '#testing/wait-for';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Room } from './room.js';

const execute = promisify(execFile);

const samples = 'k8s/samples';
const web = { namespace: 'shop', name: 'web' } as const;
const labels = { 'app.kubernetes.io/name': 'web' };
const toBank = { destination: '198.51.100.10', protocol: 'tcp', port: 443, partition: 'shop' };
const password = 'correct horse battery staple';

/** That of the samples; without the tenant `shop`, once it has left. */
function configuration(options: { readonly shop: boolean } = { shop: true }): string {
  const text = readFileSync(`${samples}/ces-conf.yaml`, 'utf8');
  return options.shop ? text : text.slice(0, text.indexOf('  - name: shop'));
}

const backends = [
  { backend: 'PostgreSQL', redis: undefined },
  ...(process.env['REDIS_URL'] === undefined ? [] : [{ backend: 'Redis', redis: process.env['REDIS_URL'] }]),
];

describe.each(backends)('four processes, with the stream on $backend', ({ redis }) => {
  let cluster: KubeSimulator;
  let device: BigipSimulator;
  let database: TestDatabase;
  let room: Room;
  const running = new Map<AppName, AppProcess>();

  const start = async (app: AppName) => {
    const started = await room.start(app);
    running.set(app, started);
    return started;
  };
  const verdict = (source: string) => device.evaluate({ ...toBank, source }).action;
  /** Runs the command line, and gives what it prints. */
  const ces = async (...parameters: readonly string[]) => {
    const environment = { CES_API_URL: `http://127.0.0.1:${running.get('api')?.port}` };
    return (await execute(process.execPath, ['dist/apps/ces/src/main.js', ...parameters], { env: environment })).stdout;
  };
  const addresses = () =>
    cluster.list('Pod', web.namespace).flatMap((pod) => {
      const status = pod['status'] as { readonly podIP?: string } | undefined;
      return status?.podIP === undefined ? [] : [status.podIP];
    });
  /** The firewall lets exactly the pods that run now reach the bank, and Kubernetes says so. */
  const inStep = (gone: readonly string[] = []) =>
    waitFor(() => {
      const present = addresses();
      expect(present.map(verdict)).toEqual(present.map(() => 'accept'));
      expect(gone.filter((address) => !present.includes(address)).map(verdict)).not.toContain('accept');
      const rule = cluster.get('ServiceEgressRule', 'shop', 'web-to-bank');
      expect(rule).toMatchObject({ status: { phase: 'Success', addresses: present.length } });
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    room = await Room.open({
      databaseUrl: database.url,
      redisUrl: redis === undefined ? undefined : (testRedisUrl() ?? redis),
      streamPrefix: testPrefix(),
      configuration: configuration(),
      device: {
        password,
        content: {
          partitions: [{ name: 'shop' }],
          routeDomains: [{ path: '/shop/rd2', id: 2 }],
          objects: [iRule('/Common/bwc-1mbps-irule')],
        },
      },
    });
    ({ cluster, device } = room);
    await room.migrate();
    for (const name of (await readdir(`${samples}/manifests`)).sort()) {
      cluster.applyManifests(await readFile(`${samples}/manifests/${name}`, 'utf8'));
    }
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: web,
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    cluster.runDeployment({ ...web, replicas: 3, labels });
  });

  beforeEach(async () => {
    for (const app of ['projector', 'worker', 'api', 'watcher'] as const) if (!running.has(app)) await start(app);
    await Promise.all([...running.values()].map((app) => app.ready()));
  });

  afterEach(() => {
    const output = [...running.values()].flatMap((app) => app.lines).join('\n');
    expect(output).not.toContain(password);
  });

  afterAll(async () => {
    await Promise.all([...running.values()].map((app) => app.stop()));
    await room.close();
    await database.drop();
  });

  it('keeps the firewall in step', async () => {
    await inStep();
    cluster.scale(web.namespace, web.name, 6);
    await inStep();
    const before = addresses();
    cluster.replacePods(web.namespace, web.name);
    await inStep(before);
  });

  it.each(['projector', 'worker', 'watcher'] as const)(
    'promise 9: goes on after kill -9 of the %s in the middle of changes',
    async (app) => {
      const before = addresses();
      cluster.replacePods(web.namespace, web.name);
      await running.get(app)?.kill();
      cluster.scale(web.namespace, web.name, 2);
      cluster.scale(web.namespace, web.name, 4);
      await (await start(app)).ready();
      await inStep(before);
    },
  );

  it('answers over the API what Kubernetes shows', async () => {
    await inStep();
    const api = running.get('api');
    await waitFor(async () => {
      expect(await api?.get('/api/v1/rules?name=web-to-bank')).toMatchObject({
        entries: [{ name: 'web-to-bank', addresses: addresses().length, status: { phase: 'Success' } }],
      });
    });
  });

  it('promise 9: removes a tenant that left the configuration, though the worker is killed when it is asked for', async () => {
    await room.configure(configuration({ shop: false }));
    await waitFor(async () => {
      expect(addresses().map(verdict)).not.toContain('accept');
      expect(await ces('tenants', 'remove', 'shop', '--dry-run')).toMatch(/^shop on bigip: can be removed/);
    });
    const removed = ces('tenants', 'remove', 'shop', '--reason', 'The shop is closed.', '--wait');
    await running.get('worker')?.kill();
    await (await start('worker')).ready();
    expect(await removed).toBe('shop on bigip: removed\n');
    expect([...device.device.state.objects.keys()].filter((path) => path.startsWith('/shop/'))).toEqual([]);
  });

  it('never names a tenant that is not ours, and never all of them', () => {
    const writes = device.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/declare'));
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ path }) => !/\/declare\/(Common|shop)$/.test(path))).toEqual([]);
    expect(device.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('stops cleanly on SIGTERM', async () => {
    const codes = await Promise.all([...running.values()].map((app) => app.stop()));
    running.clear();
    expect(codes).toEqual([0, 0, 0, 0]);
  });
});
