import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { arbitraryTenant } from '#testing/arbitrary-desired';
import { configuration, desiredRule, desiredTenant, destination, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';

function tenant(rules: readonly DesiredRule[], layout: Layout = 'rule-lists') {
  return desiredTenant({ configurations: [configuration({ tenants: [tenantConfiguration({ layout })] })], rules });
}

const stays = desiredRule({ uid: '1', name: 'stays' });
const goes = desiredRule({ uid: '2', name: 'goes' });
const before = compiled({ desired: tenant([stays, goes]) });

/** Names of the rule lists that a body holds, and of those that a policy in it refers to. */
function ruleLists(body: JsonObject) {
  const objects = Object.entries(sharedOf(body)).flatMap(([name, object]) =>
    isJsonObject(object) ? [[name, object] as const] : [],
  );
  const held = objects.filter(([, object]) => object['class'] === 'Firewall_Rule_List').map(([name]) => name);
  const policies = objects.filter(([, object]) => object['class'] === 'Firewall_Policy').map(([name]) => name);
  return { held, referred: new Set(policies.flatMap((policy) => policyNames(body, policy))) };
}

describe('a rule that goes, in the rule-lists layout', () => {
  const { steps, declaration } = compiled({ desired: tenant([stays]), stored: before.declaration });

  it('fault 14: leaves the policy in one declaration, and its rule list is deleted in the next', () => {
    expect(steps).toHaveLength(2);
    const [first = {}, last = {}] = steps;
    expect(policyNames(first, 'k8s_svc_policy_rd')).toEqual(policyNames(declaration, 'k8s_svc_policy_rd'));
    expect(ruleLists(first).held).toContain('k8s_svc_default_goes_ext_payments_rule_list');
    expect(ruleLists(last).held).not.toContain('k8s_svc_default_goes_ext_payments_rule_list');
  });

  it('keeps what the rule list refers to for as long as the list', () => {
    const [first = {}] = steps;
    expect(
      Object.keys(sharedOf(first))
        .filter((name) => name.includes('goes'))
        .sort(),
    ).toEqual([
      'k8s_svc_default_goes_ep_shop_src_address',
      'k8s_svc_default_goes_ext_payments_address',
      'k8s_svc_default_goes_ext_payments_ports_tcp',
      'k8s_svc_default_goes_ext_payments_rule_list',
    ]);
    expect(JSON.stringify(declaration)).not.toContain('goes');
  });

  it('takes one declaration when an interrupted removal is taken up again', () => {
    const again = compiled({ desired: tenant([stays]), stored: structuredClone(steps[0] ?? {}) });
    expect(again.steps).toEqual([declaration]);
  });

  it('takes one declaration when no rule list goes', () => {
    const wider = { ...goes, prefixes: ['10.1.2.3', '10.1.2.4'] };
    expect(compiled({ desired: tenant([stays, wider]), stored: before.declaration }).steps).toHaveLength(1);
  });

  it('fault 1: a rule that has lost its last address goes the same way', () => {
    const { steps: both } = compiled({
      desired: tenant([stays, { ...goes, prefixes: [] }]),
      stored: before.declaration,
    });
    expect(both).toHaveLength(2);
    expect(JSON.stringify(both[1])).not.toContain('goes');
  });

  it('fault 6: so does one whose external services have gone', () => {
    const bare = { ...goes, destinations: [destination({ externalService: 'other' })] };
    const { steps: both } = compiled({ desired: tenant([stays, bare]), stored: before.declaration });
    expect(both).toHaveLength(2);
    expect(JSON.stringify(both[1])).not.toContain('goes_ext_payments');
  });
});

describe('a migration between the layouts', () => {
  it('from rule lists to in place first puts the rules into the policies, then deletes the lists', () => {
    const { steps } = compiled({ desired: tenant([stays, goes], 'in-place'), stored: before.declaration });
    const [first = {}, last = {}] = steps;
    expect(steps).toHaveLength(2);
    expect(policyNames(first, 'k8s_svc_policy_rd')).toEqual([
      'k8s_svc_default_goes_ext_payments_accept_tcp',
      'k8s_svc_default_stays_ext_payments_accept_tcp',
      'deny_all_rule',
    ]);
    expect(ruleLists(first).held).toContain('k8s_svc_deny_all_rule_list');
    expect(ruleLists(last).held).toEqual([]);
  });

  it('from in place to rule lists is one declaration', () => {
    const inPlace = compiled({ desired: tenant([stays, goes], 'in-place') });
    const { steps, digest } = compiled({ desired: tenant([stays, goes]), stored: inPlace.declaration });
    expect(steps).toHaveLength(1);
    expect(digest).toBe(before.digest);
  });
});

describe('a rule list of ours in a policy of somebody else', () => {
  it('promise 10: stays there without rules when the rule goes, so that no pointer dangles', () => {
    const list = 'k8s_svc_default_goes_ext_payments_rule_list';
    const corporate: JsonObject = { class: 'Firewall_Policy', rules: [{ use: `/Common/Shared/${list}` }] };
    const Shared = { ...sharedOf(before.declaration), corporate_policy: corporate };
    const { declaration } = compiled({ desired: tenant([stays]), stored: { ...before.declaration, Shared } });
    expect(sharedOf(declaration)).toMatchObject({
      corporate_policy: corporate,
      [list]: { class: 'Firewall_Rule_List', rules: [] },
    });
  });
});

describe('our deny-all list in a policy of somebody else', () => {
  it('promise 1: stays whole when the tenant migrates to the layout without rule lists', () => {
    const list = 'k8s_svc_deny_all_rule_list';
    const corporate: JsonObject = { class: 'Firewall_Policy', rules: [{ use: `/Common/Shared/${list}` }] };
    const Shared = { ...sharedOf(before.declaration), corporate_policy: corporate };
    const { declaration } = compiled({
      desired: tenant([stays, goes], 'in-place'),
      stored: { ...before.declaration, Shared },
    });
    expect(sharedOf(declaration)[list]).toEqual(sharedOf(before.declaration)[list]);
  });
});

describe('whatever changes', () => {
  it('promise 1: no declaration deletes a rule list that a policy refers to at that moment', () => {
    fc.assert(
      fc.property(arbitraryTenant(), arbitraryTenant(), (old, now) => {
        const compile = (desired: typeof old, stored: JsonObject | null) =>
          compileTenant({ desired, as3Version: '3.56.0', stored })?.steps ?? [];
        let held = compile(old, null).at(-1) ?? {};
        for (const step of compile(now, held)) {
          const [were, are] = [ruleLists(held), ruleLists(step)];
          const deleted = were.held.filter((name) => !are.held.includes(name));
          expect(deleted.filter((name) => were.referred.has(name))).toEqual([]);
          held = step;
        }
      }),
    );
  });

  it('promise 2: after the last step nothing of what has gone is left, whatever stood there before', () => {
    fc.assert(
      fc.property(arbitraryTenant(), arbitraryTenant(), (old, now) => {
        const fresh = compileTenant({ desired: now, as3Version: '3.56.0', stored: null });
        const stored = compileTenant({ desired: old, as3Version: '3.56.0', stored: null })?.declaration ?? null;
        const after = compileTenant({ desired: now, as3Version: '3.56.0', stored });
        fc.pre(now.rules.length > 0);
        expect(after?.digest).toBe(fresh?.digest);
      }),
    );
  });
});
