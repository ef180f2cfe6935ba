import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { arbitraryTenant } from '#testing/arbitrary-desired';
import { desiredRule, desiredTenant } from '#testing/builders';
import { sharedOf } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';
import { isOurs, ownerOf } from './ownership.js';

describe('isOurs', () => {
  const installation = { clusters: ['c2', 'k8s-east'], master: null };

  it.each(['c2_global_r_src_address', 'c2_ns_n_r_src_address', 'k8s-east_svc_a', 'c2_pod_n_r_src_address'])(
    'takes %s for ours',
    (name) => {
      expect(isOurs(name, installation)).toBe(true);
    },
  );

  it.each(['c22_ns_n_r', 'k8s_ns_n_r', 'c2_gw_pool', 'c2', 'xc2_ns_n', 'corporate_list', ''])(
    'promise 10: leaves %j to others',
    (name) => {
      expect(isOurs(name, installation)).toBe(false);
    },
  );

  it('takes the shared objects for ours where the master cluster is served', () => {
    expect(isOurs('m_gw_pool', { clusters: ['c2'], master: 'm' })).toBe(true);
    expect(isOurs('m_gw_pool', { clusters: ['c2'], master: null })).toBe(false);
  });
});

/** The tenant's body with deny-all always, so that it also exists without rules. */
function declared(rules: DesiredTenant['rules'], { configurations, tenant }: DesiredTenant): JsonObject {
  const always = configurations.map((decides) => ({ ...decides, defaultDeny: 'always' as const }));
  const desired = { tenant, configurations: always, rules };
  return compileTenant({ desired, as3Version: '3.56.0', stored: null })?.declaration ?? {};
}

describe('ownerOf', () => {
  const short = desiredRule({ uid: '1', namespace: 'n', name: 'a' });
  const longer = desiredRule({ uid: '2', namespace: 'n', name: 'a-b' });
  const desired = desiredTenant({ rules: [short, longer] });

  it('finds the rule by the name of any of its objects', () => {
    expect(ownerOf('k8s_svc_n_a_ext_payments_address', desired)).toBe(short);
    expect(ownerOf('k8s_svc_n_a-b_ext_payments_rule_list', desired)).toBe(longer);
  });

  it('takes a path, as it stands in a message of the device', () => {
    expect(ownerOf('/Common/Shared/k8s_svc_n_a-b_ep_shop_src_address', desired)).toBe(longer);
  });

  it('finds the rule by the name of its firewall rule in a policy', () => {
    expect(ownerOf('k8s_svc_n_a_ext_payments_accept_tcp', desired)).toBe(short);
  });

  it.each(['k8s_outbound_vs', 'k8s_svc_n_other_src_address', 'k8s_svc_policy_rd', '', 'deny_all_rule'])(
    'knows no rule for %j',
    (name) => {
      expect(ownerOf(name, desired)).toBeNull();
    },
  );

  it('leads back from everything that a rule made, shortened names included', () => {
    fc.assert(
      fc.property(arbitraryTenant(['k8s', 'c2']), (desiredRules) => {
        for (const rule of desiredRules.rules) {
          const objects = sharedOf(declared([rule], desiredRules));
          const shared = sharedOf(declared([], desiredRules));
          const made = Object.keys(objects).filter((name) => !(name in shared));
          const rules = Object.values(objects)
            .flatMap((object) =>
              isJsonObject(object) && object['class'] === 'Firewall_Policy' ? [object['rules']] : [],
            )
            .flatMap((entries) => entries as readonly JsonValue[])
            .flatMap((entry) => (isJsonObject(entry) && typeof entry['name'] === 'string' ? [entry['name']] : []))
            .filter((name) => name !== 'deny_all_rule');
          for (const name of [...made, ...rules]) {
            expect(ownerOf(name, desiredRules)?.uid).toBe(rule.uid);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
