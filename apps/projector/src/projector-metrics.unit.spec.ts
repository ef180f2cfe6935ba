import { createMetrics } from '#platform/metrics';
import { expect, it } from 'vitest';
import { projectorMetrics } from './projector-metrics.js';

const noon = new Date('2026-03-01T12:00:00.000Z');
const nothing = { dirtyTenants: new Map(), rules: new Map(), grants: 0, gaps: 0 };

it('tells the age of the oldest change that the device lacks, and forgets it with the change', async () => {
  const metrics = createMetrics({ app: 'projector' });
  const observed = projectorMetrics(metrics);
  observed.counted({ ...nothing, pendingSince: new Map([['bigip', new Date(noon.getTime() - 90_000)]]) }, noon);
  expect(await metrics.render()).toContain('ces_pending_change_age_seconds{device="bigip",app="projector"} 90');
  observed.counted({ ...nothing, pendingSince: new Map([['bigip', null]]) }, noon);
  expect(await metrics.render()).toContain('ces_pending_change_age_seconds{device="bigip",app="projector"} 0');
});
