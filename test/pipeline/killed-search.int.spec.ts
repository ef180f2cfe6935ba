import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Killed, type Moment, mortal } from './mortal-log.js';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const names = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];
const addressOf = (name: string) => `203.0.113.${name.slice(1)}`;
const podTo = (name: string) =>
  rule('PodEgressRule', `to-${name}`, { podSelector: { matchLabels: { app: 'web' } }, externalServices: [name] });
const bad = 's5';

const trials = [1, 2, 3, 4, 5];
const moments = trials.flatMap((number): Moment[] =>
  (['begin', 'posted', 'conclude'] as const).flatMap((call): Moment[] => [
    `before ${call} ${number}`,
    `after ${call} ${number}`,
  ]),
);

describe('promise 8: a worker that is killed while it looks for the rule that the device refuses', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;

  const passes = (name: string) =>
    pipeline.device.evaluate({
      source: '10.1.0.1',
      destination: addressOf(name),
      protocol: 'tcp',
      port: 443,
      partition: 'shop',
    }).action === 'accept';
  /** What the database says that the device holds. */
  const told = async (): Promise<ReadonlySet<string>> => {
    const rows: { name: string }[] = await pipeline.source.query(
      `SELECT rule ->> 'name' AS name FROM tenant_state JOIN declaration USING (device, tenant, version),
         jsonb_array_elements(rules) AS rule WHERE tenant = 'shop'`,
    );
    return new Set(rows.map(({ name }) => name));
  };
  const expectTruth = async () => {
    const rules = await told();
    expect(names.map((name) => [name, passes(name)])).toEqual(names.map((name) => [name, rules.has(`to-${name}`)]));
  };
  const expireLease = () =>
    pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), pod('web', '10.1.0.1', { labels: { app: 'web' } })],
      ...[externalService('base', { addresses: ['198.51.100.7'] }), podTo('base')],
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply('first');
    await expireLease();
    pipeline.device.faults.refuseObjects(new RegExp(`_to-${bad}_`), '01070734:3: Configuration error', false);
    await pipeline.project(
      cluster.together(
        ...names.map((name) => cluster.upsert(externalService(name, { addresses: [addressOf(name)] }), podTo(name))),
      ),
    );
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  const work = async (holder: string, moment: Moment | null, concluded: () => Promise<void>) => {
    const lease = await pipeline.log.acquire('bigip', holder, 60_000);
    if (lease === null) throw new Error('somebody else holds the device');
    return pipeline.cycle(lease, mortal(pipeline.log, moment, concluded)).run(new AbortController().signal);
  };

  it.each(moments)('%s leaves the next one the truth, and the right rule to quarantine', async (moment) => {
    const died = await work('killed', moment, () => Promise.resolve()).then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    await expireLease();
    await work('next', null, expectTruth);
    await expectTruth();
    expect(names.filter(passes)).toEqual(names.filter((name) => name !== bad));
    const quarantine: unknown[] = await pipeline.source.query('SELECT rule_uid AS uid FROM quarantine');
    expect(quarantine).toEqual([{ uid: podTo(bad).uid }]);
    expect((await pipeline.status(`to-${bad}`)).phase).toBe('Quarantined');
    const open: unknown[] = await pipeline.source.query('SELECT id FROM apply_attempt WHERE outcome IS NULL');
    expect(open).toEqual([]);
    expect(died).toBe(true);
  });
});
