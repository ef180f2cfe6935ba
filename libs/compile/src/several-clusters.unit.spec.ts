import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { arbitraryRule } from '#testing/arbitrary-desired';
import { configuration, desiredRule, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';
import { digestOf } from './digest.js';

/** The installation of one cluster; `k8s` is the master of all. */
function tenantOf(clusterName: string, rules: readonly DesiredRule[], layout: Layout = 'rule-lists') {
  const decides = configuration({ clusterName, masterCluster: 'k8s', tenants: [tenantConfiguration({ layout })] });
  return { tenant: 'Common', configurations: [decides], rules };
}

const rule = (cluster: string, name: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({ cluster, name, uid: `${cluster}-${name}`, ...overrides });

/** A tenant with a route domain of its own. */
function shopOf(rules: readonly DesiredRule[]) {
  const shop = tenantConfiguration({ name: 'shop', layout: 'rule-lists', routeDomain: { id: 2, name: 'rd2' } });
  const decides = configuration({ routeDomains: true, tenants: [tenantConfiguration(), shop] });
  return { tenant: 'shop', configurations: [decides], rules };
}

const masters = compiled({ desired: tenantOf('k8s', [rule('k8s', 'a')]) }).declaration;
const both = compiled({ desired: tenantOf('c2', [rule('c2', 'b')]), stored: masters }).declaration;

function objectsOf(body: JsonObject, prefix: string): JsonObject {
  return Object.fromEntries(Object.entries(sharedOf(body)).filter(([name]) => name.startsWith(prefix)));
}

describe('an installation that does not serve the master cluster', () => {
  it('promise 10: leaves every object of the master as it is, but for its own references', () => {
    const untouched = (body: JsonObject) => {
      const { k8s_svc_policy_rd: _policy, ...rest } = objectsOf(body, 'k8s_');
      return rest;
    };
    expect(untouched(both)).toEqual(untouched(masters));
    expect(policyNames(both, 'k8s_svc_policy_rd')).toEqual([
      'k8s_svc_default_a_ext_payments_rule_list',
      'c2_svc_default_b_ext_payments_rule_list',
      'k8s_svc_deny_all_rule_list',
    ]);
  });

  it('enforces nothing: that is for the master', () => {
    expect(compiled({ desired: tenantOf('c2', [rule('c2', 'b')]), stored: masters }).enforcement).toEqual([]);
  });

  it('creates none of the shared objects, and says that its rules have nowhere to stand', () => {
    const result = compiled({ desired: tenantOf('c2', [rule('c2', 'b')]) });
    expect(Object.keys(sharedOf(result.declaration)).filter((name) => name.startsWith('k8s_'))).toEqual([]);
    expect(sharedOf(result.declaration)).toHaveProperty('c2_svc_default_b_ext_payments_rule_list');
    expect(result.leftOut).toMatchObject([{ uid: 'c2-b', externalService: null, problem: { reason: 'LayoutLimit' } }]);
  });

  it('declares nothing without rules and without traces', () => {
    const desired = tenantOf('c2', []);
    expect(compileTenant({ desired, as3Version: '3.56.0', stored: masters })).toBeNull();
  });

  it('takes its rules out again, and nothing else', () => {
    const { steps, digest } = compiled({ desired: tenantOf('c2', []), stored: both });
    expect(steps).toHaveLength(2);
    expect(digest).toBe(digestOf(masters));
  });

  it('stands in place among the rule lists of others, before their deny-all', () => {
    const { declaration } = compiled({ desired: tenantOf('c2', [rule('c2', 'b')], 'in-place'), stored: masters });
    expect(policyNames(declaration, 'k8s_svc_policy_rd')).toEqual([
      'k8s_svc_default_a_ext_payments_rule_list',
      'c2_svc_default_b_ext_payments_accept_tcp',
      'k8s_svc_deny_all_rule_list',
    ]);
  });
});

describe('the installation of the master cluster', () => {
  it('promise 10: keeps the objects of other clusters verbatim, and their references before deny-all', () => {
    const { declaration } = compiled({ desired: tenantOf('k8s', [rule('k8s', 'z')]), stored: both });
    expect(objectsOf(declaration, 'c2_')).toEqual(objectsOf(both, 'c2_'));
    expect(policyNames(declaration, 'k8s_svc_policy_rd')).toEqual(
      [
        'k8s_svc_default_z_ext_payments_rule_list',
        'c2_svc_default_b_ext_payments_rule_list',
        'k8s_svc_deny_all_rule_list',
      ].sort(
        (left, right) => Number(left.includes('deny')) - Number(right.includes('deny')) || (left < right ? -1 : 1),
      ),
    );
  });

  it('promise 10: keeps objects and settings that others declared in the tenant', () => {
    const stored: JsonObject = {
      ...masters,
      remark: 'ours too',
      optimisticLockKey: 'abc',
      label: 'ces epoch 3',
      Shared: { ...sharedOf(masters), corporate_list: { class: 'Firewall_Address_List', addresses: ['192.0.2.200'] } },
    };
    const { declaration } = compiled({ desired: tenantOf('k8s', [rule('k8s', 'a')]), stored });
    expect(declaration).toMatchObject({
      remark: 'ours too',
      Shared: { corporate_list: { addresses: ['192.0.2.200'] } },
    });
    expect(declaration).not.toHaveProperty('optimisticLockKey');
    expect(declaration).not.toHaveProperty('label');
  });

  it('promise 10: keeps applications that others have in the tenant', () => {
    const portal = { class: 'Application', template: 'generic', members: { class: 'Pool' } };
    const { declaration } = compiled({
      desired: shopOf([rule('k8s', 'a', { tenant: 'shop' })]),
      stored: { class: 'Tenant', Portal: portal },
    });
    expect(declaration).toMatchObject({ Portal: portal, Shared: { k8s_outbound_vs: { class: 'Service_L4' } } });
  });

  it('puts what somebody appended behind deny-all before it', () => {
    const policy = sharedOf(both)['k8s_svc_policy_rd'];
    const [own, other, deny] = isJsonObject(policy) && Array.isArray(policy['rules']) ? policy['rules'] : [];
    const stored = {
      ...both,
      Shared: { ...sharedOf(both), k8s_svc_policy_rd: { class: 'Firewall_Policy', rules: [own, deny, other] } },
    } as JsonObject;
    const { declaration } = compiled({ desired: tenantOf('k8s', [rule('k8s', 'a')]), stored });
    expect(policyNames(declaration, 'k8s_svc_policy_rd').at(-1)).toBe('k8s_svc_deny_all_rule_list');
  });

  it('fault 6: what is ours by name and no longer desired goes, whenever it was deleted', () => {
    const Shared = {
      ...sharedOf(masters),
      k8s_ns_gone_r_src_address: { class: 'Firewall_Address_List', addresses: ['10.9.9.9'] },
    };
    const { declaration } = compiled({ desired: tenantOf('k8s', [rule('k8s', 'a')]), stored: { ...masters, Shared } });
    expect(JSON.stringify(declaration)).not.toContain('gone');
  });

  it('fault 3: addresses that AS3 stored never come back', () => {
    const stored = compiled({ desired: tenantOf('k8s', [rule('k8s', 'a', { prefixes: ['10.1.2.3', '10.1.2.4'] })]) });
    const { declaration } = compiled({
      desired: tenantOf('k8s', [rule('k8s', 'a', { prefixes: ['10.1.2.4'] })]),
      stored: stored.declaration,
    });
    expect(JSON.stringify(declaration)).not.toContain('10.1.2.3"');
  });
});

describe('one installation for several clusters', () => {
  const served = (rules: readonly DesiredRule[]) => ({
    tenant: 'Common',
    configurations: ['c2', 'k8s'].flatMap((cluster) => tenantOf(cluster, []).configurations),
    rules,
  });

  it('follows the master cluster, and removes the objects of a cluster whose last rule has gone', () => {
    const { declaration, enforcement } = compiled({ desired: served([rule('k8s', 'a')]), stored: both });
    expect(objectsOf(declaration, 'c2_')).toEqual({});
    expect(enforcement).not.toEqual([]);
  });

  it('orders the rules of all clusters together', () => {
    const rules = [
      rule('k8s', 'a', { priority: 9 }),
      rule('c2', 'b', { priority: 3 }),
      rule('k8s', 'c', { priority: 1 }),
    ];
    expect(policyNames(compiled({ desired: served(rules) }).declaration, 'k8s_svc_policy_rd')).toEqual([
      'k8s_svc_default_c_ext_payments_rule_list',
      'c2_svc_default_b_ext_payments_rule_list',
      'k8s_svc_default_a_ext_payments_rule_list',
      'k8s_svc_deny_all_rule_list',
    ]);
  });
});

describe('a tenant that the configuration no longer lists', () => {
  const before = compiled({ desired: shopOf([rule('k8s', 'a', { tenant: 'shop' })]) });
  const unlisted = { ...shopOf([]), configurations: [configuration({ routeDomains: true })] };

  it('promise 2: loses our rules, and keeps everything else, deny-all included', () => {
    const { declaration, enforcement } = compiled({ desired: unlisted, stored: before.declaration });
    expect(policyNames(declaration, 'k8s_svc_policy_rd2')).toEqual(['k8s_svc_deny_all_rule_list']);
    expect(objectsOf(declaration, 'k8s_svc_default')).toEqual({});
    expect(declaration).toMatchObject({
      defaultRouteDomain: 2,
      Shared: {
        k8s_outbound_vs: { class: 'Service_L4' },
        k8s_ns_policy_rd2: { class: 'Firewall_Policy' },
        k8s_svc_deny_all_rule_list: { class: 'Firewall_Rule_List' },
      },
    });
    expect(enforcement).toEqual([]);
  });

  it('is left alone where nothing of ours is in it', () => {
    const stored: JsonObject = { class: 'Tenant', Shared: { class: 'Application', template: 'shared' } };
    expect(compileTenant({ desired: unlisted, as3Version: '3.56.0', stored })).toBeNull();
  });
});

describe('two installations in one tenant', () => {
  it('promise 5: come to rest: what both have declared, neither changes again', () => {
    const layouts = fc.constantFrom<Layout>('in-place', 'rule-lists');
    const rulesOf = (cluster: string) =>
      fc.uniqueArray(arbitraryRule('Common', [cluster]), { maxLength: 5, selector: ({ uid }) => uid });
    fc.assert(
      fc.property(
        layouts,
        layouts,
        rulesOf('k8s'),
        rulesOf('c2'),
        rulesOf('k8s'),
        (first, second, mine, theirs, later) => {
          const declare = (desired: ReturnType<typeof tenantOf>, stored: JsonObject | null) =>
            compileTenant({ desired, as3Version: '3.56.0', stored })?.declaration ?? stored;
          let stored = declare(tenantOf('k8s', mine, first), null);
          stored = declare(tenantOf('c2', theirs, second), stored);
          stored = declare(tenantOf('k8s', later, first), stored);
          const settled = digestOf(stored ?? {});
          for (const desired of [tenantOf('c2', theirs, second), tenantOf('k8s', later, first)]) {
            stored = declare(desired, stored);
            expect(digestOf(stored ?? {})).toBe(settled);
          }
        },
      ),
    );
  });
});
