import { clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { addressList } from '#apps/bigip-simulator/src/device/objects';
import { isJsonObject, type JsonObject } from '#core/json';
import { systemClock } from '#platform/clock';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { Replay } from '#project/adapters/replay/replay';
import { TenantNotRemovable, UnknownTenant } from '#project/ports/commands';
import { type RemovalSummary } from '#project/ports/queries';
import { isSame } from '#project/ports/replay';
import { type ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bank, startWithShop, withoutShop } from './leaving-tenant.js';
import { configurationText, type Pipeline } from './pipeline.js';

const actor = { name: 'ann', origin: 'test' };
const byHand = { by: 'hand', phase: 'outside', command: 'create', tenant: null } as const;
const signal = new AbortController().signal;

describe('a tenant that left the configuration', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;

  beforeEach(async () => {
    ({ pipeline, cluster } = await startWithShop());
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  const commands = () => new PostgresCommands(pipeline.source, systemClock);
  const ask = (dryRun = false, tenant = 'shop') =>
    commands().requestRemoval({ device: 'bigip', tenant, dryRun, reason: dryRun ? null : 'Moved.', actor });
  const stored = () => pipeline.bigip().stored('shop', signal);
  const tenants = async () => (await new PostgresQueries(pipeline.source).tenants()).map(({ tenant }) => tenant);
  const verdict = (source: string, state = pipeline.device.device.state) =>
    pipeline.device.evaluate({ ...bank, source }, state);
  const declares = () =>
    pipeline.device.requests.filter(
      ({ method, path, query }) =>
        method === 'POST' && path.includes('/declare/shop') && query['controls.dryRun'] === undefined,
    );

  async function leave(): Promise<void> {
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    pipeline.device.clearRequests();
  }

  async function removal(): Promise<RemovalSummary | undefined> {
    return (await new PostgresQueries(pipeline.source).removals('bigip'))[0];
  }

  /** Somebody else declares through AS3 in the same tenant. */
  async function declareBeside(change: (shared: JsonObject) => JsonObject): Promise<void> {
    const client = clientOf(pipeline.device);
    const path = '/mgmt/shared/appsvcs/declare/shop';
    const { body: declaration } = await client.get(path);
    const shop = isJsonObject(declaration) ? declaration['shop'] : undefined;
    if (!isJsonObject(declaration) || !isJsonObject(shop) || !isJsonObject(shop['Shared'])) {
      throw new Error('AS3 stores nothing of the tenant');
    }
    const next = { ...shop, Shared: change(shop['Shared']) };
    expect(await client.post(path, { ...declaration, shop: next })).toMatchObject({ status: 200 });
  }

  async function isReplayedTheSame(): Promise<boolean> {
    const replay = await Replay.open(pipeline.databaseUrl, { clock: systemClock });
    try {
      return isSame(await replay.compare(3));
    } finally {
      await replay.close();
    }
  }

  it('goes from the device, opens nothing on the way, and is forgotten, also by a replay', async () => {
    await leave();
    const open: string[] = [];
    pipeline.device.onDeviceState((state, { command }) => {
      for (const source of ['10.1.0.1', '10.1.0.2']) if (verdict(source, state).reaches) open.push(command);
    });
    await ask();
    await pipeline.apply();
    expect(open).toEqual([]);
    expect(await stored()).toBeNull();
    const { objects, routeDomains } = pipeline.device.device.state;
    expect([...objects.values()].filter(({ path }) => path.startsWith('/shop/'))).toEqual([]);
    expect(routeDomains.get('/shop/rd2')).toMatchObject({ enforcedPolicy: null });
    expect(await tenants()).toEqual(['Common']);
    expect(await removal()).toMatchObject({ state: 'removed', reason: 'Moved.', actor });
    expect(declares()).toHaveLength(1);
    expect(await new PostgresQueries(pipeline.source).declarations({ tenant: 'shop' }, { limit: 1 })).toMatchObject({
      entries: [{ purpose: 'removal', outcome: 'applied' }],
    });

    pipeline.device.clearRequests();
    await pipeline.project(cluster.configuration(`${withoutShop}# changed\n`));
    await pipeline.apply();
    expect(declares()).toEqual([]);
    expect(await tenants()).toEqual(['Common']);
    expect(await isReplayedTheSame()).toBe(true);
  });

  it('is met as for the first time when it comes back', async () => {
    await leave();
    await ask();
    await pipeline.apply();
    await pipeline.project(cluster.configuration(configurationText));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(true);
    expect(pipeline.device.device.state.routeDomains.get('/shop/rd2')?.enforcedPolicy).not.toBeNull();
    expect(await isReplayedTheSame()).toBe(true);
  });

  it('is only looked at with a dry run, which says what would go', async () => {
    await leave();
    await ask(true);
    await pipeline.apply();
    const shown = await removal();
    expect(shown).toMatchObject({ state: 'shown', dryRun: true, finding: { stored: true, obstacles: [] } });
    expect(shown?.finding?.objects).toContainEqual(expect.stringMatching(/^\/shop\/Shared\/k8s_/));
    expect(declares()).toEqual([]);
    expect(await stored()).not.toBeNull();
    await ask();
    await pipeline.apply();
    expect(await stored()).toBeNull();
  });

  it.each<[string, string, () => Promise<void>]>([
    [
      'promise 10: what another one declared in it',
      'OthersDeclared',
      () => declareBeside((shared) => ({ ...shared, their_pool: { class: 'Pool', members: [] } })),
    ],
    [
      'promise 10: what stands there without the knowledge of AS3',
      'UnknownToAs3',
      () => {
        pipeline.device.device.change(byHand, (draft) => {
          draft.put(addressList({ path: '/shop/Shared/by_hand', addresses: ['203.0.113.9'] }));
        });
        return Promise.resolve();
      },
    ],
  ])('%s keeps it', async (_, reason, disturb) => {
    await leave();
    await disturb();
    for (const dryRun of [true, false]) {
      await ask(dryRun);
      await pipeline.apply();
      expect(await removal()).toMatchObject({
        state: dryRun ? 'shown' : 'refused',
        finding: { obstacles: [{ reason }] },
      });
    }
    expect(await stored()).not.toBeNull();
    expect(await tenants()).toEqual(['Common', 'shop']);
    expect(await isReplayedTheSame()).toBe(true);
  });

  it('is refused before anything is recorded while it is not empty, configured, Common, or unknown', async () => {
    const refused = async (reason: string, tenant = 'shop') => {
      const error: unknown = await ask(false, tenant).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TenantNotRemovable);
      expect((error as TenantNotRemovable).obstacles).toContainEqual(expect.objectContaining({ reason }));
    };
    await refused('Configured');
    await pipeline.project(cluster.configuration(withoutShop));
    await refused('NotEmptied');
    await refused('Common', 'Common');
    await expect(ask(false, 'nowhere')).rejects.toThrow(UnknownTenant);
    expect(await removal()).toBeUndefined();
  });

  it('stays when the configuration names it again before the worker comes to it', async () => {
    await leave();
    await ask();
    await pipeline.project(cluster.configuration(configurationText));
    await pipeline.apply();
    expect(await removal()).toMatchObject({ state: 'refused', finding: { obstacles: [{ reason: 'Configured' }] } });
    expect(verdict('10.1.0.1').reaches).toBe(true);
  });

  describe('promise 7: whose removal was begun by a worker that was killed', () => {
    const begin = async () => {
      await leave();
      const { position } = await ask();
      const lease = await pipeline.log.acquire('bigip', 'worker-1', 60_000);
      if (lease === null) throw new Error('somebody else holds the device');
      const declaration = { class: 'Tenant' };
      const planned = { tenant: 'shop', purpose: 'removal', position, digest: 'd', rules: [], heldBack: [] } as const;
      await pipeline.log.begin(lease, { ...planned, declaration });
      await pipeline.log.release(lease);
    };
    const outcomes = async () => {
      const { entries } = await new PostgresQueries(pipeline.source).declarations({ tenant: 'shop' }, { limit: 10 });
      return entries.filter(({ purpose }) => purpose === 'removal').map(({ outcome }) => outcome);
    };

    it('is forgotten where AS3 had carried it out', async () => {
      await begin();
      await clientOf(pipeline.device).delete('/mgmt/shared/appsvcs/declare/shop');
      await pipeline.apply('worker-2');
      expect(await tenants()).toEqual(['Common']);
      expect(await outcomes()).toEqual(['applied']);
      expect(declares()).toEqual([]);
    });

    it('is removed where nothing had reached AS3', async () => {
      await begin();
      await pipeline.apply('worker-2');
      expect(await stored()).toBeNull();
      expect(await tenants()).toEqual(['Common']);
      expect(await outcomes()).toEqual(['applied', 'refused']);
      expect(await isReplayedTheSame()).toBe(true);
    });
  });

  it('stays in line while the device is busy, and goes then', async () => {
    await leave();
    await ask();
    const busy = { message: 'Configuration operation in progress on device' };
    pipeline.device.faults.strikeRequests({ method: 'POST', effect: { kind: 'status', status: 503, body: busy } });
    expect(await pipeline.apply()).toMatchObject({ type: 'again', failure: { kind: 'busy' } });
    expect(await removal()).toMatchObject({ state: 'open' });
    await pipeline.apply();
    expect(await stored()).toBeNull();
  });

  it('promise 8: is told when the device refuses it for good', async () => {
    await leave();
    const enforced = pipeline.device.device.state.routeDomains.get('/shop/rd2')?.enforcedPolicy ?? '';
    pipeline.device.device.change(byHand, (draft) => {
      draft.enforce('/shop/rd2', { stagedPolicy: enforced });
    });
    await ask();
    await pipeline.apply();
    expect(await removal()).toMatchObject({ state: 'refused', finding: { obstacles: [{ reason: 'Refused' }] } });
    expect(await stored()).not.toBeNull();
  });

  it('is only forgotten where AS3 does not know it any more, and what others have in the partition stays', async () => {
    await leave();
    await clientOf(pipeline.device).delete('/mgmt/shared/appsvcs/declare/shop');
    pipeline.device.device.change(byHand, (draft) => {
      draft.put(addressList({ path: '/shop/by_hand', addresses: ['203.0.113.9'] }));
    });
    await ask();
    await pipeline.apply();
    expect(await tenants()).toEqual(['Common']);
    expect(declares()).toEqual([]);
    expect([...pipeline.device.device.state.objects.values()].map(({ path }) => path)).toContain('/shop/by_hand');
  });
});
