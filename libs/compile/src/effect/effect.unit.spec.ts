import { describe, expect, it } from 'vitest';
import { type DesiredRule } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { type Layout } from '#core/configuration';
import { compiled } from '#testing/compiled';
import { configuration, desiredRule, desiredTenant, destination, tenantConfiguration } from '#testing/builders';
import { describeEffect, effectDifferences, type FirewallState } from './effect.js';

function declared(rules: readonly DesiredRule[], layout: Layout = 'in-place'): JsonObject {
  const configurations = [configuration({ tenants: [tenantConfiguration({ layout })] })];
  return compiled({ desired: desiredTenant({ configurations, rules }) }).declaration;
}

function state(body: JsonObject): FirewallState {
  return {
    tenants: new Map([['Common', body]]),
    globalPolicy: '/Common/Shared/k8s_system_global_policy',
    routeDomainPolicies: new Map([[0, '/Common/Shared/k8s_ns_policy_rd']]),
  };
}

const lines = (before: JsonObject, after: JsonObject) =>
  effectDifferences(state(before), state(after)).map(describeEffect);

const decisive = desiredRule({ action: 'accept-decisively' });

describe('what a change of a tenant means for packets', () => {
  it('tells an address that a rule gains', () => {
    const more = { ...decisive, prefixes: ['10.1.2.3', '10.1.2.4'] };
    expect(lines(declared([decisive]), declared([more]))).toEqual([
      '10.1.2.4 -> 198.51.100.7 tcp/443: was dropped (by k8s_svc_policy_rd, deny_all_rule), becomes allowed (by k8s_svc_policy_rd, k8s_svc_default_allow-shop_ext_payments_accept-decisively_tcp)',
    ]);
  });

  it('tells what a removed denial lets through, and only that', () => {
    const wide = desiredRule({
      uid: 'wide',
      name: 'wide',
      kind: 'ClusterEgressRule',
      namespace: '',
      action: 'accept-decisively',
      prefixes: null,
      destinations: [destination({ externalService: 'all', addresses: ['198.51.100.0/24'] })],
    });
    const denial = {
      ...wide,
      uid: 'no',
      name: 'no',
      action: 'drop' as const,
      priority: 1,
      destinations: [destination()],
    };
    expect(effectDifferences(state(declared([wide, denial])), state(declared([wide])))).toMatchObject([
      {
        change: 'opened',
        source: { isAllBut: true, addresses: [] },
        destination: { isAllBut: false, addresses: ['198.51.100.7'] },
        services: ['tcp/443'],
      },
    ]);
  });

  it('says that an accept of a namespace alone opens nothing', () => {
    const namespaceRule = desiredRule({
      kind: 'NamespaceEgressRule',
      source: { type: 'namespace', namespace: 'default' },
    });
    expect(lines(declared([decisive]), declared([decisive, { ...namespaceRule, uid: 'ns' }]))).toEqual([]);
  });

  it('says under which name a destination has to be known', () => {
    const named = {
      ...decisive,
      uid: 'named',
      name: 'named',
      destinations: [destination({ addresses: [], domainNames: ['pay.example.com'] })],
    };
    const opened = effectDifferences(state(declared([decisive])), state(declared([decisive, named])));
    expect(opened).toMatchObject([{ change: 'opened', when: ['destination pay.example.com'], services: ['tcp/443'] }]);
  });

  it('finds nothing between the two layouts', () => {
    const rules = [decisive, desiredRule({ uid: '2', name: 'deny', action: 'reject', prefixes: ['10.1.2.0/24'] })];
    expect(lines(declared(rules, 'rule-lists'), declared(rules, 'in-place'))).toEqual([]);
    expect(lines(declared(rules, 'in-place'), declared(rules, 'rule-lists'))).toEqual([]);
  });

  it('takes a rule of a policy that names addresses for what AS3 makes of it: a rule for everything', () => {
    const body = declared([decisive]);
    const shared = body['Shared'];
    const policy: JsonObject = {
      class: 'Firewall_Policy',
      rules: [{ name: 'direct', action: 'accept-decisively', source: { addresses: ['10.9.9.9'] } }],
    };
    const wide = { ...body, Shared: { ...(isJsonObject(shared) ? shared : {}), k8s_system_global_policy: policy } };
    const [first] = effectDifferences(state(body), state(wide));
    expect(first).toMatchObject({ change: 'opened', destination: { isAllBut: true } });
  });

  it('compares a thousand rules in two orders, over ten thousand addresses, in seconds', () => {
    const rules = Array.from({ length: 1_000 }, (_, index) => manyAddresses(index));
    const reordered = rules.map((rule, index) => ({ ...rule, priority: (index * 7919) % 1_000 }));
    const [one, ...others] = reordered;
    const before = declared(rules, 'rule-lists');
    const after = declared([...(one === undefined ? [] : [{ ...one, prefixes: ['10.200.0.1'] }]), ...others]);
    const began = process.cpuUsage();
    const differences = effectDifferences(state(before), state(after));
    const { user, system } = process.cpuUsage(began);
    expect(differences.length).toBeGreaterThan(0);
    expect((user + system) / 1e6).toBeLessThan(30);
  }, 300_000);
});

/** Every tenth is for the whole cluster, every seventh a denial. */
function manyAddresses(index: number): DesiredRule {
  const everyone = index % 10 === 0;
  const prefixes = Array.from(
    { length: 10 },
    (_, at) => `10.${String(index >> 8)}.${String(index & 255)}.${String(at * 2 + 1)}`,
  );
  return desiredRule({
    uid: String(index),
    name: `rule-${String(index)}`,
    kind: everyone ? 'ClusterEgressRule' : index % 3 === 0 ? 'NamespaceEgressRule' : 'ServiceEgressRule',
    namespace: everyone ? '' : `ns-${String(index % 50)}`,
    action: index % 7 === 0 ? 'drop' : 'accept-decisively',
    prefixes: everyone ? null : prefixes,
    destinations: [
      destination({
        addresses: [`198.51.${String(index & 255)}.0/28`, `203.0.${String(index & 255)}.${String(index >> 8)}`],
        domainNames: index % 5 === 0 && index % 7 !== 0 ? [`host-${String(index)}.example.com`] : [],
      }),
    ],
  });
}
