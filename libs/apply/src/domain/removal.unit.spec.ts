import { requireConfiguration } from '#core/configuration-parser';
import { type JsonObject } from '#core/json';
import { desiredTenant } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { type DeviceDifference } from './differences.js';
import { emptyTenant, removalFinding } from './removal.js';

const configuration = requireConfiguration(`
clusterName: k8s
layout: in-place
isSupportRouteDomain: true
tenant:
  - name: Common
    gwPool: { serverAddresses: ["192.0.2.1"] }
  - name: shop
    namespaces: shop
    routeDomain: { id: 2, name: rd2 }
    gwPool: { serverAddresses: ["192.0.2.1"] }
`);
const desired = desiredTenant({ tenant: 'shop', configurations: [configuration], rules: [] });
const denyAll = { name: 'deny_all_rule', action: 'drop', protocol: 'any' };
const ours: JsonObject = {
  k8s_gw_pool: { class: 'Pool' },
  k8s_svc_policy_rd2: { class: 'Firewall_Policy', rules: [denyAll] },
};

function obstacles(shared: JsonObject, differences: readonly DeviceDifference[] = [], beside: JsonObject = {}) {
  const stored = { class: 'Tenant', Shared: { class: 'Application', template: 'shared', ...shared }, ...beside };
  const partition = { exists: true, objects: ['/shop/Shared/k8s_gw_pool'] };
  return removalFinding(desired, { stored, partition, differences }).obstacles;
}

const difference = (given: Partial<DeviceDifference>): DeviceDifference => ({
  object: '/shop/Shared/k8s_svc_policy_rd2',
  type: 'extra',
  property: [],
  found: null,
  declared: null,
  ...given,
});

describe('promise 10: a tenant can be removed', () => {
  it('when all of it is ours, with what AS3 would delete', () => {
    expect(obstacles(ours)).toEqual([]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['objects of another cluster', { other_gw_pool: { class: 'Pool' } }, {}],
    ['an application of somebody', {}, { web: { class: 'Application' } }],
    ['constants of somebody', {}, { constants: { class: 'Constants' } }],
    [
      'rules of another cluster in our policy',
      { k8s_svc_policy_rd2: { class: 'Firewall_Policy', rules: [{ name: 'other_svc_x' }, denyAll] } },
      {},
    ],
  ])('but not with %s', (_, shared, beside) => {
    expect(obstacles({ ...ours, ...shared }, [], beside)).toMatchObject([{ reason: 'OthersDeclared' }]);
  });

  it.each<[string, Partial<DeviceDifference>]>([
    ['an object', { object: '/shop/Shared/by_hand' }],
    ['a rule in our policy', { property: ['rules', 'by_hand'] }],
  ])('but not with %s that AS3 does not know', (_, extra) => {
    const found = obstacles(ours, [difference(extra)]);
    expect(found).toMatchObject([{ reason: 'UnknownToAs3' }]);
    expect(found[0]?.message).toContain('by_hand');
  });

  it.each<[string, Partial<DeviceDifference>]>([
    ['is missing', { type: 'missing' }],
    ['is another', { type: 'changed', property: ['rules', 'deny_all_rule', 'action'] }],
    ['was added to a list of ours', { property: ['addresses', '10.0.0.9'] }],
  ])('also when something of ours %s', (_, drift) => {
    expect(obstacles(ours, [difference(drift)])).toEqual([]);
  });

  it('names a few of many', () => {
    const many = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((number) => [`x${number}`, { class: 'Pool' }]));
    expect(obstacles(many)[0]?.message).toMatch(/: shop\/Shared\/x1, .*x5, and 2 more\.$/);
  });
});

describe('the tenant declared empty', () => {
  it('leaves the route domains of the partition alone where AS3 can be told to', () => {
    expect(emptyTenant('3.56.0').body).toEqual({ class: 'Tenant', useCommonRouteDomainTenant: false });
    expect(emptyTenant('3.45.0').body).toEqual({ class: 'Tenant' });
  });
});
