import { put } from '#testing/project/cluster-spec';
import { batch } from '#testing/project/messages';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Lease } from '../ports/apply-log.js';
import { projectionStatistics } from './projection-statistics.js';

let projection: ProjectionUnderTest;
let lease: Lease;
let version: number;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  await projection.clear();
  version = 100;
  await projection.list([externalService('payments'), podRule('out')]);
  lease = await projection.lease();
  await projection.log.unchanged(lease, 'Common', await position());
});

afterAll(() => projection.close());

async function position(): Promise<number> {
  return (await projection.tenant()).position;
}

/** A pod comes: the tenant wants another declaration. Gives when it was seen. */
async function change(): Promise<Date> {
  const observedAt = projection.clock.pass(10);
  version += 1;
  const web = pod(`web-${version}`, { addresses: [`10.1.0.${version - 100}`], resourceVersion: String(version) });
  const message = batch([['Pod', version - 1, version]], [put(web)], { observedAt: observedAt.toISOString() });
  await projection.project(message);
  return observedAt;
}

async function pendingSince(): Promise<Date | null | undefined> {
  const { pendingSince: byDevice } = await projectionStatistics(projection.source);
  const { pendingSince: since } = await projection.tenant();
  expect(byDevice.get('bigip')).toEqual(since);
  return since;
}

describe('since when a tenant waits for its device', () => {
  it('is unknown while the device has everything', async () => {
    expect(await pendingSince()).toBeNull();
  });

  it('is when the oldest change was seen that the device does not have', async () => {
    const first = await change();
    await change();
    expect(await pendingSince()).toEqual(first);
    await projection.log.unchanged(lease, 'Common', await position());
    expect(await pendingSince()).toBeNull();
  });

  it('moves on to what came after the snapshot of a declaration', async () => {
    await change();
    const covered = await position();
    const later = await change();
    await projection.log.unchanged(lease, 'Common', covered);
    expect(await pendingSince()).toEqual(later);
  });

  it('begins with a request for a resync, unless something waits already', async () => {
    const command = { device: 'bigip', tenants: 'all', actor: { name: 'ann', origin: 'cli' } } as const;
    const asked = projection.clock.pass(5);
    await projection.commands.requestResync(command);
    expect(await pendingSince()).toEqual(asked);
    await change();
    expect(await pendingSince()).toEqual(asked);
  });
});
