import { type CompiledTenant } from '#compile/compile-tenant';
import { desiredTenant, tenantWork } from '#testing/builders';
import { expect, it } from 'vitest';
import { type StoredTenant } from './domain/contact.js';
import { Surveyor } from './surveyor.js';

const compiled: CompiledTenant = {
  tenant: 'Common',
  schemaVersion: '3.56.0',
  steps: [{ class: 'Tenant' }],
  narrowedSteps: 0,
  declaration: { class: 'Tenant' },
  digest: 'a',
  enforcement: [],
  leaving: [],
  leftOut: [],
};
const command = {
  type: 'survey',
  hold: { reason: 'FilledByAnotherController', message: 'filled' },
  compiled,
  objects: [],
} as const;

it('compares anew when the device or what is desired changed, and only then', async () => {
  let globalPolicy: string | null = null;
  const surveyor = new Surveyor({
    stored: () => Promise.resolve(null),
    routeDomain: () => Promise.resolve(null),
    globalPolicy: () => Promise.resolve(globalPolicy),
  });
  const work = tenantWork({ desired: desiredTenant() });
  const stored: StoredTenant = { body: { class: 'Tenant' }, lockKey: null };
  const survey = (change = {}) => surveyor.survey({ ...command, ...change }, { work, stored }, AbortSignal.abort());

  const first = await survey();
  expect(await survey()).toBe(first);
  expect(await survey({ compiled: { ...compiled, digest: 'b' } })).not.toBe(first);
  const again = await survey();
  globalPolicy = '/Common/Shared/theirs';
  expect(await survey()).not.toBe(again);
});
