import { type DeviceDifference } from './differences.js';
import { driftOf, type DriftEvidence } from './drift.js';
import { type AppliedVersion } from '#project/ports/desired-state';
import { configuration, desiredRule, desiredTenant, tenantConfiguration } from '#testing/builders';
import { describe, expect, it } from 'vitest';

const rule = desiredRule({
  tenant: 'shop',
  namespace: 'shop',
  name: 'web-to-bank',
  prefixes: ['10.1.0.1', '10.1.0.0/28'],
});
const desired = desiredTenant({
  tenant: 'shop',
  configurations: [
    configuration({
      routeDomains: true,
      tenants: [tenantConfiguration(), tenantConfiguration({ name: 'shop', routeDomain: { id: 2, name: 'rd2' } })],
    }),
  ],
  rules: [rule],
});
const applied: AppliedVersion = { version: 1, digest: '', position: 1, rules: [rule], declaration: {} };
const sources = `/shop/Shared/k8s_svc_shop_web-to-bank_ep_${rule.source.type === 'service' ? rule.source.service : ''}_src_address`;
const servicePolicy = '/shop/Shared/k8s_svc_policy_rd2';
const entry = 'k8s_svc_shop_web-to-bank_ext_bank_accept_tcp';
const theirs = 'other_svc_shop_theirs_ext_bank_accept_tcp';
const stored = {
  Shared: {
    k8s_svc_policy_rd2: { class: 'Firewall_Policy', remark: 'order 1', rules: [{ name: entry }, { name: theirs }] },
  },
};

const difference = (
  object: string,
  type: DeviceDifference['type'],
  ...property: readonly string[]
): DeviceDifference => ({ object, type, property, found: type === 'missing' ? null : {}, declared: {} });
const drift = (...differences: readonly DeviceDifference[]) => {
  const evidence: DriftEvidence = { stored, differences, lost: [], by: 'past-as3', before: null };
  return driftOf(desired, applied, evidence);
};

describe('what is drift', () => {
  it.each<[what: string, DeviceDifference, boolean]>([
    ['an address of ours', difference(sources, 'extra', 'addresses', '10.6.6.6%2'), true],
    ['an object with a name of ours', difference('/shop/Shared/k8s_svc_shop_x_src_address', 'extra'), true],
    ['an object of another cluster', difference('/shop/Shared/other_svc_shop_x_src_address', 'extra'), false],
    ['our rule in our policy', difference(servicePolicy, 'changed', 'rules', entry, 'action'), true],
    ['deny-all', difference(servicePolicy, 'missing', 'rules', 'deny_all_rule'), true],
    ['another cluster’s rule that AS3 knows', difference(servicePolicy, 'extra', 'rules', theirs), false],
    ['another cluster’s rule that is gone', difference(servicePolicy, 'missing', 'rules', theirs), false],
    ['a rule that nobody declared', difference(servicePolicy, 'extra', 'rules', 'by_hand'), true],
    [
      'the remark that another cluster’s declaration left',
      { ...difference(servicePolicy, 'changed', 'description'), found: 'order 1' },
      false,
    ],
    ['another remark', { ...difference(servicePolicy, 'changed', 'description'), found: 'by hand' }, true],
    ['the partition’s route domain', difference('/shop/', 'changed', 'default-route-domain'), true],
  ])('%s', (_what, one, is) => {
    expect(drift(one) !== null).toBe(is);
  });

  it('names the rules that are concerned, and all of them where it concerns all', () => {
    const owner = { cluster: rule.cluster, uid: rule.uid };
    expect(drift(difference(sources, 'extra', 'addresses', '10.6.6.6'))?.rules).toEqual([owner]);
    expect(drift(difference(servicePolicy, 'missing', 'rules', 'deny_all_rule'))?.rules).toBeNull();
  });

  it('counts what is too much to be shown', () => {
    const large = { ...difference('/shop/Shared/k8s_svc_shop_x_src_address', 'extra'), found: 'x'.repeat(300_000) };
    expect(drift(large)).toMatchObject({ objects: [], furtherObjects: 1 });
  });
});

describe('what the device holds instead', () => {
  const key = { cluster: rule.cluster, uid: rule.uid };
  it.each<[what: string, DeviceDifference, object]>([
    [
      'without an address',
      difference(sources, 'missing', 'addresses', '10.1.0.1%2'),
      { without: [{ ...key, prefixes: ['10.1.0.1'] }], besides: [] },
    ],
    [
      'without a network',
      difference(sources, 'missing', 'addresses', '10.1.0.0%2/28'),
      { without: [{ ...key, prefixes: ['10.1.0.0/28'] }], besides: [] },
    ],
    [
      'with another one',
      difference(sources, 'extra', 'addresses', '10.6.6.6%2'),
      { without: [], besides: [{ ...key, prefixes: ['10.6.6.6'] }] },
    ],
    [
      'without its rule',
      difference(servicePolicy, 'missing', 'rules', entry),
      { without: [{ ...key, prefixes: null }] },
    ],
    ['without the policy', difference(servicePolicy, 'missing'), { without: [{ ...key, prefixes: null }] }],
    ['without the partition', difference('/shop/', 'missing'), { without: 'all' }],
    [
      'with another action',
      difference(servicePolicy, 'changed', 'rules', entry, 'action'),
      { without: [], besides: [] },
    ],
  ])('%s', (_what, one, held) => {
    expect(drift(one)?.held).toMatchObject(held);
  });
});
