import { type TenantSummary } from '#project/ports/queries';
import { type Purpose } from '#project/ports/apply-log';
import { expect, test } from 'vitest';
import { declarationSummary, drift, tenantSummary } from '../testing/summaries.spec.js';
import { describeProgress, readProgress } from './command-progress.js';

async function told(overrides: Partial<TenantSummary>, purpose: Purpose = 'change'): Promise<string> {
  const queries = {
    tenants: () => Promise.resolve([tenantSummary(overrides), tenantSummary({ tenant: 'bank', applied: 0 })]),
    declarations: () => Promise.resolve({ entries: [declarationSummary({ purpose })], next: null }),
  };
  return describeProgress(await readProgress(queries, { device: 'bigip', position: 9, tenants: ['shop'] }));
}

test.each<[what: string, Partial<TenantSummary>, told: string]>([
  ['the device holds it', {}, 'done: shop (version 1)'],
  ['nobody has looked at it', { applied: 8 }, 'waiting: shop (no worker has taken it up yet)'],
  [
    'somebody else has changed it, and it is changed back',
    { drift: drift('repair') },
    'waiting: shop (It was changed.)',
  ],
  ['somebody else has changed it since, and it stays so', { drift: drift('report') }, 'failed: shop (It was changed.)'],
  ['that was so before', { drift: drift('report', 8) }, 'done: shop (version 1)'],
])('%s', async (_what, tenant, text) => {
  expect(await told(tenant)).toBe(text);
});

test('the device holds the rules of before', async () => {
  expect(await told({}, 'last-good')).toMatch(/^failed: shop \(the device refuses/);
});
