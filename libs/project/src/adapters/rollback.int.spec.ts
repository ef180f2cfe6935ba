import { type ClusterObject } from '#core/objects';
import { declareTenant } from '#testing/project/declared';
import { gone, put } from '#testing/project/cluster-spec';
import { externalService, namespace, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotPinned, UnknownTenant, UnknownVersion } from '../ports/commands.js';

let projection: ProjectionUnderTest;
const actor = { name: 'ann', origin: 'cli' };
const web = pod('web', { addresses: ['10.1.0.1'], labels: { app: 'web' } });
const rule = podRule('to-payments', { podSelector: { matchLabels: { app: 'web' } } });

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([namespace('shop'), externalService('payments'), web, rule, podRule('stays')]);
  await declareTenant(projection);
});

afterAll(() => projection.close());

let versions = 200;
/** As a watch would show it next. */
const later = <Kind extends ClusterObject>(object: Kind): Kind => ({
  ...object,
  resourceVersion: String((versions += 1)),
});

const target = (to: number | Date) => ({ device: 'bigip', tenant: 'Common', to });
const rollback = (to: number | Date) => projection.commands.requestRollback({ ...target(to), reason: 'Why.', actor });
const release = () =>
  projection.commands.requestRelease({ device: 'bigip', tenant: 'Common', reason: 'Mended.', actor });

describe('a rollback', () => {
  it('is shown first, rule by rule, and then nothing is recorded', async () => {
    await projection.change([gone(later(rule))], 60);
    await declareTenant(projection);
    const events = await projection.count('event');
    expect(await projection.commands.previewRollback(target(1))).toMatchObject({
      version: 1,
      current: 2,
      pinned: null,
      differences: [{ name: 'to-payments', change: 'added', opens: true }],
    });
    expect(await projection.count('event')).toBe(events);
    expect(await projection.queries.tenants()).toMatchObject([{ pin: null }]);
  });

  it('promise 11: says in the audit who asked for it and why, and who released it', async () => {
    await rollback(1);
    await release();
    const { entries } = await projection.history.audit({ kind: 'Tenant' }, { limit: 10 });
    expect(entries).toMatchObject([
      { action: 'unpin', name: 'Common', actor, before: { version: 1, reason: 'Why.' }, after: { reason: 'Mended.' } },
      { action: 'rollback', name: 'Common', actor, before: null, after: { version: 1, reason: 'Why.' } },
    ]);
  });

  it('may name a moment: what the device held for certain then', async () => {
    const before = projection.clock.now();
    projection.clock.pass(60);
    await projection.change([put(later({ ...rule, generation: 2 }))], 60);
    await declareTenant(projection);
    expect(await rollback(before)).toMatchObject({ version: 1 });
    await expect(rollback(new Date(before.getTime() - 1_000))).rejects.toThrow(UnknownVersion);
  });

  it('is refused where there is nothing to go back to, with the remedy', async () => {
    await expect(rollback(9)).rejects.toThrow('`ces declarations Common` lists what was applied');
    await expect(projection.commands.previewRollback({ ...target(1), tenant: 'nowhere' })).rejects.toThrow(
      UnknownTenant,
    );
    await expect(release()).rejects.toThrow(NotPinned);
  });

  it('of a tenant that is pinned already pins it to the other version', async () => {
    await projection.change([gone(later(rule))], 60);
    await declareTenant(projection);
    await rollback(1);
    expect((await projection.tenant()).desired.rules.map(({ name }) => name)).toEqual(['stays', 'to-payments']);
    expect(await rollback(2)).toMatchObject({ pinned: 1 });
    expect((await projection.tenant()).desired.rules.map(({ name }) => name)).toEqual(['stays']);
    expect(await projection.queries.tenants()).toMatchObject([{ pin: { version: 2, actor, reason: 'Why.' } }]);
  });

  it('promise 11: says of an address that only the pinned form selects whose it was, and who wrote that form', async () => {
    const other = { ...later(rule), generation: 2, content: podRule('x', { action: 'drop' }).content };
    await projection.change([put(other)], 60);
    await projection.change([gone(later(other))], 60);
    await declareTenant(projection);
    await rollback(1);
    const late = pod('late', { addresses: ['10.1.0.5'], labels: { app: 'web' } });
    await projection.change([put(later(late))], 60);
    await declareTenant(projection, { purpose: 'rollback' });
    const { grants } = await projection.history.grants({ address: '10.1.0.5' });
    expect(grants).toMatchObject([
      { pinned: false, rule: { name: 'stays' } },
      { pinned: true, heldThen: 'yes', wantedThen: true, pod: { name: 'late' }, rule: { spec: { action: 'accept' } } },
    ]);
    await projection.change([gone(later(late))], 60);
    await declareTenant(projection, { purpose: 'rollback' });
    projection.clock.pass(1);
    expect(await projection.history.grants({ address: '10.1.0.5' })).toMatchObject({ grants: [] });
  });
});
