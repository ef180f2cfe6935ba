import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type ObjectReference } from '#core/objects';
import { nextStatus, type Programming, type RuleStatus } from '#core/status';
import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { clusterRuleManifest, podRuleManifest } from '#testing/watch/manifests';
import { simulatedCluster, type SimulatedCluster } from '#testing/watch/simulated-cluster';
import { StatusTable } from '#testing/watch/status-table';
import { watcherUser } from '#testing/watch/watcher-user';
import { KubernetesClient } from './kubernetes-client.js';
import { StatusWriter } from './status-writer.js';
import { createWatchMetrics } from './watch-metrics.js';

let cluster: SimulatedCluster;
let client: KubernetesClient;
let table: StatusTable;
let term: AbortController;
let running: Promise<unknown>;
let leads: boolean;

beforeEach(async () => {
  cluster = await simulatedCluster({ users: [watcherUser('watcher-token')] });
  client = new KubernetesClient(cluster.configFor('watcher-token'));
  table = new StatusTable();
  term = new AbortController();
  running = Promise.resolve();
  leads = true;
});

afterEach(async () => {
  term.abort(new Error('the test is over'));
  await running;
  client.close();
  await cluster.close();
});

const start = () => {
  const writer = new StatusWriter({
    cluster: 'k8s',
    client,
    feed: table,
    instance: 'ces-watcher-0',
    clock: systemClock,
    logger: silentLogger,
    metrics: createWatchMetrics(createMetrics({ app: 'test' })),
    leads: () => leads,
    tuning: { interval: 10, concurrency: 4, backoff: { initial: 20, maximum: 100 } },
  });
  running = writer.run(term.signal).catch((error: unknown) => error);
};
const apply = (manifest: ReturnType<typeof podRuleManifest | typeof clusterRuleManifest>): ObjectReference => {
  const { metadata, kind } = cluster.simulator.apply(manifest);
  return {
    kind: kind === 'PodEgressRule' ? 'PodEgressRule' : 'ClusterEgressRule',
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  };
};
const status = (
  programming: Programming,
  previous: RuleStatus | null = null,
  addresses: number | null = 2,
): RuleStatus =>
  nextStatus(
    previous,
    { generation: 1, accepted: true, problems: [], addresses, programming },
    new Date('2026-01-01T00:00:00Z'),
  );
const syncing = status({ state: 'waiting', version: 0, message: 'It waits for the next declaration.' });
const success = status({ state: 'programmed', version: 3 }, syncing);
const idle = () =>
  vi.waitFor(
    async () => {
      expect(await table.waiting()).toBe(0);
    },
    { timeout: 10_000 },
  );
const statusOf = ({ kind, namespace, name }: ObjectReference) =>
  cluster.simulator.get(kind, namespace, name)?.['status'];
const patches = () => cluster.faults.requests().filter(({ method }) => method === 'PATCH');
const text = z.object({ type: z.string(), reason: z.string(), message: z.string() });
const events = (namespace = 'shop') =>
  cluster.simulator.list('Event', namespace).map((event) => {
    const { type, reason, message } = text.parse(event);
    return `${type} ${reason}: ${message}`;
  });

describe('StatusWriter', () => {
  it('writes the status of a rule, and an Event for each transition, with the rights that the watcher has', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    table.want(rule, syncing);
    start();
    await idle();
    expect(statusOf(rule)).toEqual(syncing);
    table.want(rule, success);
    await idle();
    expect(statusOf(rule)).toEqual(success);
    expect(events().sort()).toEqual([
      'Normal Accepted: The rule is understood.',
      'Normal Pending: It waits for the next declaration. The rule is Syncing now.',
      'Normal Programmed: The device holds version 3. The rule was Syncing and is Success now.',
    ]);
  });

  it('reports about a rule without a namespace in the namespace default', async () => {
    const rule = apply(clusterRuleManifest('no-metadata'));
    table.want(rule, success);
    start();
    await idle();
    expect(statusOf(rule)).toEqual(success);
    expect(events('default')).toHaveLength(2);
  });

  it('takes a member away that the status does not have any more', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    table.want(rule, success);
    start();
    await idle();
    table.want(rule, status({ state: 'programmed', version: 3 }, syncing, null));
    await idle();
    expect(statusOf(rule)).not.toHaveProperty('addresses');
  });

  it('writes nothing that changes nothing', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    table.want(rule, success);
    start();
    await idle();
    table.want(rule, { ...success, conditions: success.conditions.map((condition) => ({ ...condition })) });
    await idle();
    expect(patches()).toHaveLength(1);
  });

  it('tells no Event when only numbers changed', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    table.want(rule, success);
    start();
    await idle();
    table.want(rule, status({ state: 'programmed', version: 4 }, success, 7));
    await idle();
    expect(statusOf(rule)).toMatchObject({ version: 4, addresses: 7 });
    expect(events()).toHaveLength(2);
  });

  it('is done with a rule that is gone, and with one whose name another one bears', async () => {
    const gone = apply(podRuleManifest('gone'));
    const replaced = apply(podRuleManifest('replaced'));
    cluster.simulator.delete('PodEgressRule', 'shop', 'gone');
    cluster.faults.recreate('PodEgressRule', 'shop', 'replaced');
    table.want(gone, success);
    table.want(replaced, success);
    start();
    await idle();
    expect(statusOf(replaced)).toBeUndefined();
    expect(events()).toEqual([]);
  });

  it('does not let one rule that fails hold up the others, and tries it again', async () => {
    const stuck = apply(podRuleManifest('stuck'));
    const others = Array.from({ length: 30 }, (_, number) => apply(clusterRuleManifest(`other-${number}`)));
    cluster.faults.refuse('patch', 'podegressrules', 500, { times: 'forever' });
    table.want(stuck, success);
    for (const other of others) table.want(other, success);
    start();
    await vi.waitFor(
      async () => {
        expect(await table.waiting()).toBe(1);
      },
      { timeout: 10_000 },
    );
    expect(others.every((other) => statusOf(other) !== undefined)).toBe(true);
    cluster.faults.clear();
    await idle();
    expect(statusOf(stuck)).toEqual(success);
  });

  it('goes on after a conflict', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    cluster.faults.refuse('patch', 'podegressrules', 409, { times: 2 });
    table.want(rule, success);
    start();
    await idle();
    expect(statusOf(rule)).toEqual(success);
  });

  it('repeats an Event that failed without writing the status again', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    cluster.faults.refuse('create', 'events', 503, { times: 3 });
    table.want(rule, success);
    start();
    await idle();
    expect(events()).toHaveLength(2);
    expect(patches()).toHaveLength(1);
  });

  it('is done with a status whose Events are not taken', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    cluster.faults.refuse('create', 'events', 403, { times: 'forever' });
    table.want(rule, success);
    start();
    await idle();
    expect(statusOf(rule)).toEqual(success);
  });

  it('promise 9: waits for the database, and writes nothing twice because of it', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    table.want(rule, success);
    table.refusing = true;
    start();
    await vi.waitFor(
      () => {
        expect(table.refused).toBeGreaterThan(3);
      },
      { timeout: 10_000 },
    );
    table.refusing = false;
    await idle();
    expect(patches()).toHaveLength(1);
    expect(events()).toHaveLength(2);
  });

  it('writes nothing when it does not lead any more', async () => {
    const rule = apply(podRuleManifest('allow-payments'));
    const witness = apply(podRuleManifest('witness'));
    leads = false;
    table.want(rule, success);
    start();
    const looks = vi.spyOn(table, 'pending');
    await waitFor(() => {
      expect(looks.mock.calls.length).toBeGreaterThan(5);
    });
    expect(statusOf(rule)).toBeUndefined();
    leads = true;
    table.want(witness, success);
    await idle();
    expect(statusOf(rule)).toEqual(success);
  });
});
