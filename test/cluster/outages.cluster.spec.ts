import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AppProcess } from '#testing/app-process';
import { startTcpProxy, type TcpProxy } from '#testing/tcp-proxy';
import { eventually, useInstallation } from './fixture.js';
import { Installation } from './installation.js';
import { bank, externalService, podRule } from './manifests.js';

let proxy: TcpProxy;
const fixture = useInstallation(async (server) => {
  proxy = await startTcpProxy(server.url);
  const installation = await Installation.prepare(server);
  await installation.apply();
  await installation.migrate();
  await installation.runAll(['projector', 'worker', 'api']);
  return installation;
});

const watchers: AppProcess[] = [];

/** Starts a watcher, behind the proxy unless it is to speak to the API server itself. */
async function startWatcher(url = proxy.url): Promise<AppProcess> {
  const watcher = await fixture.ces.run('watcher', url);
  watchers.push(watcher);
  await watcher.ready();
  return watcher;
}

/** The pods of the rule, by name, with their addresses: as the tests made them. */
const pods = new Map<string, string>();
/** Addresses that were used and are not any more. */
const gone = new Set<string>();
let addresses = 0;

async function createPod(name: string): Promise<void> {
  addresses += 1;
  const address = `10.8.${addresses >> 8}.${addresses & 255}`;
  await fixture.cluster.runPod('shop', name, { address });
  pods.set(name, address);
}

async function removePod(name: string): Promise<void> {
  await fixture.cluster.remove('Pod', 'shop', name);
  gone.add(pods.get(name) ?? '');
  pods.delete(name);
}

/** One pod goes, one comes, and one is replaced by another of its name. */
async function change(): Promise<void> {
  const [first = '', second = ''] = pods.keys();
  await removePod(first);
  await createPod(`web-${addresses + 1}`);
  await removePod(second);
  await createPod(second);
}

/** The firewall lets exactly the pods that there are reach the bank, and the rule says so. */
async function inStep(): Promise<void> {
  const allowed = (address: string) => fixture.ces.device.allows('shop', { source: address, destination: bank });
  await eventually(async () => {
    const present = [...pods.values()];
    expect(await Promise.all(present.map(allowed))).toEqual(present.map(() => true));
    expect(await Promise.all([...gone].map(allowed))).toEqual([...gone].map(() => false));
    const rule = await fixture.cluster.get('PodEgressRule', 'shop', 'web');
    expect(rule).toMatchObject({ status: { phase: 'Success', addresses: present.length } });
  });
}

beforeAll(async () => {
  const { cluster } = fixture;
  await cluster.createNamespace('shop');
  await cluster.apply(externalService('bank', 'shop', bank));
  await cluster.apply(podRule('web', 'shop', 'web'));
  for (const name of ['web-a', 'web-b', 'web-c', 'web-d']) await createPod(name);
});

const leads = (watcher: AppProcess | undefined) =>
  eventually(async () => expect(await watcher?.metric('ces_watch_leading')).toBe(1));

beforeEach(async () => {
  await leads(await startWatcher());
  await inStep();
});

afterEach(async () => {
  // Gracefully: whoever comes next need not wait until the Lease has expired.
  await Promise.all(watchers.splice(0).map((watcher) => watcher.stop()));
});

describe('promise 9: an outage costs nothing but time', () => {
  it('every connection to the API server is cut', async () => {
    await proxy.cut();
    await change();
    await proxy.restore();
    await inStep();
  });

  it('the network to the API server falls silent', async () => {
    proxy.freeze();
    await change();
    const [watcher] = watchers;
    await eventually(async () => expect(await watcher?.metric('ces_watch_leading')).toBe(0));
    await proxy.restore();
    await inStep();
  });

  it('the API server crashes and comes back', async () => {
    await fixture.server.stop();
    await fixture.server.start();
    await change();
    await inStep();
  });

  it('the API server comes back and has forgotten what the watcher missed: 410', async () => {
    const [watcher] = watchers;
    await proxy.cut();
    await change();
    await fixture.server.stop();
    await fixture.server.compact();
    await fixture.server.start();
    await proxy.restore();
    await inStep();
    expect(await watcher?.metric('ces_watch_lists_total', { kind: 'Pod', reason: 'expired' })).toBeGreaterThan(0);
  });

  it('etcd is restored from a backup, and versions run backwards', async () => {
    const before = new Map(pods);
    const [watcher] = watchers;
    const restore = await fixture.server.backup();
    // So far back that nothing written after the restoration, such as a Lease, makes up for it before the watcher looks.
    for (let write = 0; write < 500; write += 1) {
      await fixture.cluster.merge('Namespace', '', 'shop', { metadata: { annotations: { write: String(write) } } });
    }
    await change();
    await inStep();
    const after = new Map(pods);
    await restore();
    pods.clear();
    for (const [name, address] of before) pods.set(name, address);
    gone.clear();
    for (const address of after.values()) if (![...before.values()].includes(address)) gone.add(address);
    await inStep();
    expect(await watcher?.metric('ces_watch_lists_total', { kind: 'Pod', reason: 'restored' })).toBeGreaterThan(0);
  });
});

describe('a watcher that dies', () => {
  it('has missed nothing when it is back, objects of the same name included', async () => {
    const [watcher] = watchers;
    const changing = change();
    await watcher?.kill();
    await changing;
    await change();
    await startWatcher();
    await inStep();
  });

  it('promise 9: is followed by the one in reserve when its Lease has expired', async () => {
    const [leader] = watchers;
    const reserve = await startWatcher(fixture.server.url);
    expect(await reserve.metric('ces_watch_leading')).toBe(0);
    await leader?.kill();
    const died = performance.now();
    await change();
    await leads(reserve);
    // 15 s until the Lease counts as expired, at most 2.4 s until the next look at it; the rest is for a busy machine.
    expect(performance.now() - died).toBeLessThan(30_000);
    await inStep();
  });

  it('hands over when it is asked to stop', async () => {
    const [leader] = watchers;
    const reserve = await startWatcher(fixture.server.url);
    expect(await leader?.stop()).toBe(0);
    const stopped = performance.now();
    await leads(reserve);
    expect(performance.now() - stopped).toBeLessThan(10_000);
    await change();
    await inStep();
  });
});
