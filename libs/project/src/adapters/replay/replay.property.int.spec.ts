import { objectKinds } from '#core/kinds';
import { arbitraryStep, ArbitraryWatcher } from '#testing/project/arbitrary-history';
import { chunk, configurationMessage } from '#testing/project/messages';
import { projectionContents } from '#testing/project/projection-contents';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldBackRule, type Lease, type Purpose } from '../../ports/apply-log.js';
import { NothingInQuarantine, NotPinned, TenantNotRemovable, UnknownVersion } from '../../ports/commands.js';
import { isSame } from '../../ports/replay.js';
import { Replay } from './replay.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

afterAll(() => projection.close());

/** What the worker, or an operator, does between changes of the cluster. */
const conclusions = ['refused', 'taken', 'passing'] as const;
const deeds = [
  'applied',
  'last-good',
  'interim',
  'put-back',
  ...conclusions,
  'waiting',
  'unchanged',
  'resync',
  ...(['rollback', 'release', 'retry', 'removal'] as const),
] as const;
type Deed = (typeof deeds)[number];

const history = fc.array(
  fc.record({ happens: arbitraryStep, then: fc.option(fc.constantFrom(...deeds), { freq: 2 }) }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

async function act(deed: Deed, tenant: string): Promise<void> {
  const { log, commands } = projection;
  const lease = await projection.lease();
  switch (deed) {
    case 'applied': {
      const { pin } = await projection.tenant(tenant);
      return conclude(lease, tenant, pin === null ? 'change' : 'rollback', 'applied');
    }
    case 'last-good':
    case 'interim':
    case 'put-back':
      return conclude(lease, tenant, deed, 'applied');
    case 'refused':
    case 'taken':
    case 'passing':
      return conclude(lease, tenant, 'change', deed);
    case 'waiting':
      return log.report(lease, tenant, { state: 'waiting', reason: 'Away', message: 'no answer' });
    case 'unchanged':
      return log.unchanged(lease, tenant, (await projection.tenant(tenant)).position);
    case 'resync':
      await commands.requestResync({ device: 'bigip', tenants: 'all', actor });
      return;
    case 'rollback':
      await unless(UnknownVersion, () =>
        commands.requestRollback({ device: 'bigip', tenant, to: projection.clock.now(), reason: 'so', actor }),
      );
      return;
    case 'release':
      await unless(NotPinned, () => commands.requestRelease({ device: 'bigip', tenant, reason: 'so', actor }));
      return;
    case 'removal':
      await unless(TenantNotRemovable, async () => {
        await commands.requestRemoval({ device: 'bigip', tenant, dryRun: false, reason: 'so', actor });
        await conclude(lease, tenant, 'removal', 'applied');
      });
      return;
    case 'retry':
      await unless(NothingInQuarantine, () =>
        commands.requestRetry({ device: 'bigip', of: { tenants: 'all' }, reason: null, actor }),
      );
  }
}

const actor = { name: 'ann', origin: 'cli' };

/** There may be nothing yet that a command could be about. */
async function unless(refusal: new (...parameters: never[]) => Error, give: () => Promise<unknown>): Promise<void> {
  await give().catch((error: unknown) => {
    if (!(error instanceof refusal)) throw error;
  });
}

function heldBack(cluster: string, uid: string): HeldBackRule {
  const since = projection.clock.now().toISOString();
  const quarantine = { definition: 'd', since, tries: 1, retryAt: '2026-03-02T12:00:00.000Z', attempt: null };
  return { cluster, uid, reason: 'Quarantined', message: 'no', quarantine };
}

async function conclude(
  lease: Lease,
  tenant: string,
  purpose: Purpose,
  outcome: 'applied' | (typeof conclusions)[number],
): Promise<void> {
  const { log, clock } = projection;
  const { desired, lastGood, position } = await projection.tenant(tenant);
  const rules = purpose === 'last-good' ? (lastGood ?? []) : desired.rules;
  const inQuarantine = desired.rules.slice(0, 1).map(({ cluster, uid }) => heldBack(cluster, uid));
  const planned = { tenant, purpose, position, digest: 'd', rules, declaration: {}, heldBack: [] };
  const { id } = await log.begin(lease, planned);
  const [effectiveFrom, effectiveTo] = [clock.now(), clock.pass(1)];
  return log.conclude(
    lease,
    id,
    outcome === 'applied'
      ? { type: 'applied', effectiveFrom, effectiveTo, heldBack: purpose === 'interim' ? [] : inQuarantine }
      : {
          ...{ type: 'refused', reason: 'Refused', message: 'no', permanent: outcome === 'refused' },
          ...(outcome === 'taken' ? { taken: { part: 'additions', effectiveFrom, effectiveTo } } : {}),
        },
  );
}

describe('promise 4: whatever happened', () => {
  it('a replay gives the projections as they are, and as they were at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (steps, chosen) => {
        await projection.clear();
        const watcher = new ArbitraryWatcher();
        await projection.project(configurationMessage());
        for (const kind of objectKinds) await projection.project(chunk(kind, 100));
        const moments: { readonly position: number; readonly contents: unknown }[] = [];
        for (const { happens, then } of steps) {
          const { changes, configuration } = happens;
          projection.clock.pass(1);
          if (configuration !== null) await projection.project(configurationMessage(configuration));
          await projection.project(watcher.batch(changes));
          const tenants = await projection.rows<{ tenant: string }>('SELECT tenant FROM tenant_state ORDER BY tenant');
          const tenant = tenants[changes.length % tenants.length]?.tenant;
          if (then !== null && tenant !== undefined) await act(then, tenant);
          const position = await projection.count('event');
          moments.push({ position, contents: await projectionContents(projection.source) });
        }
        const moment = moments[chosen % moments.length];
        const replay = await Replay.open(projection.url, { clock: projection.clock });
        try {
          if (moment !== undefined) {
            await replay.to(moment.position);
            expect(await projectionContents(replay.connection)).toEqual(moment.contents);
          }
          const report = await replay.compare(3);
          expect(isSame(report), JSON.stringify(report.tables)).toBe(true);
        } finally {
          await replay.close();
        }
      }),
      { numRuns: 25 },
    );
  }, 240_000);
});
