import { createMetrics } from '#platform/metrics';
import { expect, it } from 'vitest';
import { projectorMetrics } from './projector-metrics.js';

const noon = new Date('2026-03-01T12:00:00.000Z');
const nothing = {
  dirtyTenants: new Map(),
  pendingSince: new Map(),
  drifted: [],
  pins: [],
  takeovers: [],
  rules: new Map(),
  grants: 0,
  gaps: 0,
};

it('tells the age of the oldest change that the device lacks, and forgets it with the change', async () => {
  const metrics = createMetrics({ app: 'projector' });
  const observed = projectorMetrics(metrics);
  observed.counted({ ...nothing, pendingSince: new Map([['bigip', new Date(noon.getTime() - 90_000)]]) }, noon);
  expect(await metrics.render()).toContain('ces_pending_change_age_seconds{device="bigip",app="projector"} 90');
  observed.counted({ ...nothing, pendingSince: new Map([['bigip', null]]) }, noon);
  expect(await metrics.render()).toContain('ces_pending_change_age_seconds{device="bigip",app="projector"} 0');
});

it('tells of drift for as long as it lasts', async () => {
  const metrics = createMetrics({ app: 'projector' });
  const observed = projectorMetrics(metrics);
  const counted = (drifted: boolean) => {
    const tenant = { device: 'bigip', tenant: 'shop', drifted };
    observed.counted({ ...nothing, pendingSince: new Map(), drifted: [tenant] }, noon);
  };
  counted(true);
  expect(await metrics.render()).toContain('ces_tenant_drifted{device="bigip",tenant="shop",app="projector"} 1');
  counted(false);
  expect(await metrics.render()).toContain('ces_tenant_drifted{device="bigip",tenant="shop",app="projector"} 0');
});

it('tells how long a tenant has been pinned, and forgets it with the pin', async () => {
  const metrics = createMetrics({ app: 'projector' });
  const observed = projectorMetrics(metrics);
  const since = new Date(noon.getTime() - 7_200_000);
  observed.counted({ ...nothing, pins: [{ device: 'bigip', tenant: 'shop', since }] }, noon);
  expect(await metrics.render()).toContain('ces_pin_age_seconds{device="bigip",tenant="shop",app="projector"} 7200');
  observed.counted(nothing, noon);
  expect(await metrics.render()).not.toContain('ces_pin_age_seconds{');
});

it('tells of tenants that wait for the approval of their take-over, or are only observed', async () => {
  const metrics = createMetrics({ app: 'projector' });
  const observed = projectorMetrics(metrics);
  observed.counted({ ...nothing, takeovers: [{ device: 'bigip', reason: 'Observing', tenants: 3 }] }, noon);
  expect(await metrics.render()).toContain('ces_tenants_held{device="bigip",reason="Observing",app="projector"} 3');
  observed.counted(nothing, noon);
  expect(await metrics.render()).not.toContain('ces_tenants_held{');
});
