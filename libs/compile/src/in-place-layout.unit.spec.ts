import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { arbitraryTenant } from '#testing/arbitrary-desired';
import { configuration, desiredRule, desiredTenant, destination, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';

const clusterRule = desiredRule({
  uid: 'g',
  kind: 'ClusterEgressRule',
  namespace: '',
  name: 'dns',
  action: 'accept-decisively',
  source: { type: 'everyone' },
  prefixes: null,
  destinations: [destination({ externalService: 'dns', addresses: ['192.0.2.53'] })],
});
const namespaceRule = desiredRule({
  uid: 'n',
  kind: 'NamespaceEgressRule',
  name: 'updates',
  source: { type: 'namespace', namespace: 'default' },
  prefixes: ['10.1.0.0/24'],
});
const podRule = desiredRule({
  uid: 'p',
  kind: 'PodEgressRule',
  name: 'batch',
  priority: 1,
  source: { type: 'pods', namespace: 'default', selector: { requirements: [] } },
});

describe('a tenant in the in-place layout', () => {
  const { declaration } = compiled({
    desired: desiredTenant({ rules: [desiredRule(), clusterRule, namespaceRule, podRule] }),
  });

  it('keeps the names of policies and lists', () => {
    expect(Object.keys(sharedOf(declaration)).sort()).toEqual([
      'class',
      'k8s_global_dns_ext_dns_address',
      'k8s_global_dns_ext_dns_ports_tcp',
      'k8s_gw_pool',
      'k8s_ns_default_updates_ext_payments_address',
      'k8s_ns_default_updates_ext_payments_ports_tcp',
      'k8s_ns_default_updates_src_address',
      'k8s_ns_policy_rd',
      'k8s_outbound_va',
      'k8s_outbound_vs',
      'k8s_pod_default_batch_ext_payments_address',
      'k8s_pod_default_batch_ext_payments_ports_tcp',
      'k8s_pod_default_batch_src_address',
      'k8s_svc_default_allow-shop_ep_shop_src_address',
      'k8s_svc_default_allow-shop_ext_payments_address',
      'k8s_svc_default_allow-shop_ext_payments_ports_tcp',
      'k8s_svc_policy_rd',
      'k8s_system_global_policy',
      'template',
    ]);
  });

  it('puts each rule into the policy of its context, in rule order, and deny-all last', () => {
    expect(policyNames(declaration, 'k8s_system_global_policy')).toEqual([
      'k8s_global_dns_ext_dns_accept-decisively_tcp',
    ]);
    expect(policyNames(declaration, 'k8s_ns_policy_rd')).toEqual(['k8s_ns_default_updates_ext_payments_accept_tcp']);
    expect(policyNames(declaration, 'k8s_svc_policy_rd')).toEqual([
      'k8s_pod_default_batch_ext_payments_accept_tcp',
      'k8s_svc_default_allow-shop_ext_payments_accept_tcp',
      'deny_all_rule',
    ]);
  });
});

describe('the order of rules in a policy', () => {
  it('is priority, creation, namespace, name; inside a rule the services as listed, then the keys', () => {
    const rules = [
      desiredRule({ uid: '1', name: 'late', createdAt: '2026-02-01T00:00:00Z' }),
      desiredRule({ uid: '2', name: 'unknown-age', createdAt: null }),
      desiredRule({ uid: '3', name: 'early' }),
      desiredRule({
        uid: '4',
        name: 'urgent',
        priority: 5,
        createdAt: null,
        destinations: [
          destination({
            externalService: 'z',
            services: [
              { key: 'udp', protocol: 'udp', ports: ['53'], bandwidth: null },
              { key: 'tcp', protocol: 'tcp', ports: ['53'], bandwidth: null },
            ],
          }),
          destination({ externalService: 'a' }),
        ],
      }),
    ];
    const { declaration } = compiled({ desired: desiredTenant({ rules }) });
    expect(policyNames(declaration, 'k8s_svc_policy_rd')).toEqual([
      'k8s_svc_default_urgent_ext_z_accept_tcp',
      'k8s_svc_default_urgent_ext_z_accept_udp',
      'k8s_svc_default_urgent_ext_a_accept_tcp',
      'k8s_svc_default_early_ext_payments_accept_tcp',
      'k8s_svc_default_late_ext_payments_accept_tcp',
      'k8s_svc_default_unknown-age_ext_payments_accept_tcp',
      'deny_all_rule',
    ]);
  });
});

/** Every firewall rule of a declaration, whether in a policy or in a rule list. */
function firewallRules(body: JsonObject): { readonly inPolicy: boolean; readonly rule: JsonObject }[] {
  return Object.values(sharedOf(body))
    .filter(isJsonObject)
    .flatMap((object) => {
      const rules = Array.isArray(object['rules']) ? (object['rules'] as readonly JsonValue[]) : [];
      return rules
        .filter(isJsonObject)
        .filter((rule) => rule['action'] !== undefined)
        .map((rule) => ({ inPolicy: object['class'] === 'Firewall_Policy', rule }));
    });
}

describe('whatever is desired', () => {
  it('promise 1: no rule in a policy carries addresses or ports, which AS3 would drop', () => {
    fc.assert(
      fc.property(arbitraryTenant(), (desired) => {
        for (const { inPolicy, rule } of firewallRules(compiled({ desired }).declaration)) {
          if (!inPolicy) continue;
          for (const side of [rule['source'], rule['destination']].filter(isJsonObject)) {
            expect(Object.keys(side).filter((key) => key !== 'addressLists' && key !== 'portLists')).toEqual([]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('promise 1: every rule but deny-all has a destination, and a source unless it is for everyone', () => {
    fc.assert(
      fc.property(arbitraryTenant(), (desired) => {
        const everyone = desired.rules.filter(({ prefixes }) => prefixes === null).map(({ name }) => name);
        for (const { rule } of firewallRules(compiled({ desired }).declaration)) {
          if (rule['name'] === 'deny_all_rule') continue;
          const text = JSON.stringify(rule);
          expect(text).toMatch(/"destination":\{"addressLists":\[\{"use"/);
          const forEveryone = everyone.some((name) => text.includes(`_global_${name.slice(0, 100)}`));
          if (!forEveryone) expect(text).toMatch(/"source":\{"addressLists":\[\{"use"/);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('every pointer into the tenant leads to an object that is declared', () => {
    fc.assert(
      fc.property(arbitraryTenant(), (desired) => {
        const { declaration } = compiled({ desired });
        const pointers = [...JSON.stringify(declaration).matchAll(/"use":"\/Common\/Shared\/([^"]+)"/g)];
        for (const [, name = ''] of pointers) expect(sharedOf(declaration)).toHaveProperty([name]);
      }),
      { numRuns: 50 },
    );
  });

  it('promise 5: the same state compiles to the same bytes, in whatever order it comes', () => {
    const shuffledTenants = arbitraryTenant(['k8s', 'c2']).chain((desired) =>
      fc
        .record({
          rules: fc.shuffledSubarray([...desired.rules], { minLength: desired.rules.length }),
          configurations: fc.shuffledSubarray([...desired.configurations], { minLength: 2 }),
          reverse: fc.boolean(),
        })
        .map(({ rules, configurations, reverse }) => ({
          desired,
          shuffled: {
            ...desired,
            configurations,
            rules: rules.map((rule) =>
              reverse && rule.prefixes ? { ...rule, prefixes: [...rule.prefixes].reverse() } : rule,
            ),
          },
        })),
    );
    fc.assert(
      fc.property(shuffledTenants, ({ desired, shuffled }) => {
        const [one, other] = [desired, shuffled].map((input) => {
          const result = compileTenant({ desired: input, as3Version: '3.56.0', stored: null });
          return [JSON.stringify(result?.steps), result?.digest];
        });
        expect(one).toEqual(other);
      }),
    );
  });

  it('fault 8: rules and their protocols stand in one order, however the objects arrived', () => {
    const rules = [desiredRule({ uid: '1', name: 'b' }), desiredRule({ uid: '2', name: 'a' })];
    const lists = configuration({ tenants: [tenantConfiguration({ layout: 'rule-lists' })] });
    const names = [rules, [...rules].reverse()].map((ordered) =>
      policyNames(
        compiled({ desired: desiredTenant({ configurations: [lists], rules: ordered }) }).declaration,
        'k8s_svc_policy_rd',
      ),
    );
    expect(names[0]).toEqual([
      'k8s_svc_default_a_ext_payments_rule_list',
      'k8s_svc_default_b_ext_payments_rule_list',
      'k8s_svc_deny_all_rule_list',
    ]);
    expect(names[1]).toEqual(names[0]);
  });

  it('fault 7: an external service that two rules use, of two kinds, is brought up to date in both', () => {
    const moved = [destination({ addresses: ['203.0.113.80'] })];
    const rules = [desiredRule(), namespaceRule].map((rule) => ({ ...rule, destinations: moved }));
    const { declaration } = compiled({ desired: desiredTenant({ rules }) });
    const lists = Object.entries(sharedOf(declaration)).filter(([name]) => name.endsWith('_ext_payments_address'));
    expect(lists.map(([, list]) => list)).toEqual([
      { class: 'Firewall_Address_List', addresses: ['203.0.113.80'] },
      { class: 'Firewall_Address_List', addresses: ['203.0.113.80'] },
    ]);
  });
});
