import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { arbitraryTenant } from '#testing/arbitrary-desired';
import { desiredRule, desiredTenant, destination } from '#testing/builders';
import { compiled } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';
import { describeDifference, differences } from './difference.js';
import { digestOf } from './digest.js';

function body(...rules: Parameters<typeof desiredRule>[0][]): JsonObject {
  return compiled({ desired: desiredTenant({ rules: rules.map(desiredRule) }) }).declaration;
}

function lines(before: JsonObject | null, after: JsonObject | null): string[] {
  return differences(before, after).flatMap(describeDifference);
}

describe('the difference between two declarations', () => {
  it('names the addresses that came and went', () => {
    expect(lines(body({ prefixes: ['10.0.0.1', '10.0.0.2'] }), body({ prefixes: ['10.0.0.2', '10.0.0.3'] }))).toEqual([
      '~ Firewall_Address_List k8s_svc_default_allow-shop_ep_shop_src_address',
      '    - addresses: 10.0.0.1',
      '    + addresses: 10.0.0.3',
    ]);
  });

  it('names the objects and the firewall rules of a rule that came', () => {
    expect(
      lines(
        body({ uid: '1' }),
        body(
          { uid: '1' },
          {
            uid: '2',
            name: 'new',
            kind: 'PodEgressRule',
            source: { type: 'pods', namespace: 'default', selector: { requirements: [] } },
          },
        ),
      ),
    ).toEqual([
      '+ Firewall_Address_List k8s_pod_default_new_ext_payments_address',
      '+ Firewall_Port_List k8s_pod_default_new_ext_payments_ports_tcp',
      '+ Firewall_Address_List k8s_pod_default_new_src_address',
      '~ Firewall_Policy k8s_svc_policy_rd',
      '    + rules: k8s_pod_default_new_ext_payments_accept_tcp',
    ]);
  });

  it('tells a rule that moved from one that changed', () => {
    const one = { uid: '1', name: 'one' };
    const two = { uid: '2', name: 'two' };
    const three = { uid: '3', name: 'three', priority: 2000 };
    expect(lines(body(one, two, three), body(one, { ...two, logging: true }, { ...three, priority: 1 }))).toEqual([
      '~ Firewall_Policy k8s_svc_policy_rd',
      '    ~ rules: k8s_svc_default_two_ext_payments_accept_tcp',
      '    ^ rules: k8s_svc_default_three_ext_payments_accept_tcp',
    ]);
  });

  it('shows other properties with both values', () => {
    const before = { class: 'Tenant', defaultRouteDomain: 2 };
    const after = { class: 'Tenant', Shared: { va: { class: 'Service_Address', arpEnabled: true } } };
    const changed = { class: 'Tenant', Shared: { va: { class: 'Service_Address', arpEnabled: false } } };
    expect(lines(before, after)).toEqual(['- defaultRouteDomain', '+ Service_Address va']);
    expect(lines(after, changed)).toEqual(['~ Service_Address va', '    ~ arpEnabled: true -> false']);
  });

  it('keeps the values themselves for programs', () => {
    const [change] = differences(body({}), body({ destinations: [destination({ addresses: ['192.0.2.99'] })] }));
    expect(change).toMatchObject({
      change: 'changed',
      object: 'k8s_svc_default_allow-shop_ext_payments_address',
      details: [
        { change: 'removed', before: '198.51.100.7', after: null },
        { change: 'added', item: '192.0.2.99' },
      ],
    });
  });

  it('does not count lock key and label', () => {
    expect(lines(body({}), { ...body({}), label: 'ces epoch 4', optimisticLockKey: 'k' })).toEqual([]);
  });

  it('is empty exactly when the digests are equal', () => {
    const declared = arbitraryTenant().map(
      (desired) => compileTenant({ desired, as3Version: '3.56.0', stored: null })?.declaration ?? {},
    );
    fc.assert(
      fc.property(declared, declared, (left, right) => {
        expect(differences(left, right).length === 0).toBe(digestOf(left) === digestOf(right));
        expect(differences(left, structuredClone(left))).toEqual([]);
      }),
    );
  });
});
