import { describe, expect, it } from 'vitest';
import { type Layout } from '#core/configuration';
import { type JsonObject } from '#core/json';
import { configuration, desiredRule, desiredTenant, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';

const layouts: readonly Layout[] = ['in-place', 'rule-lists'];

describe.each(layouts)(
  'promise 1: policies that go with the name of their route domain, in the layout %s',
  (layout) => {
    const common = tenantConfiguration({ layout });
    const inCommon = (routeDomains: boolean, stored: JsonObject | null) =>
      compiled({
        desired: desiredTenant({ configurations: [configuration({ routeDomains, tenants: [common] })] }),
        stored: structuredClone(stored),
      });
    const inShop = (routeDomain: { id: number; name: string }, stored: JsonObject | null) => {
      const shop = tenantConfiguration({ name: 'shop', layout, routeDomain });
      const configurations = [configuration({ routeDomains: true, tenants: [common, shop] })];
      const rules = [desiredRule({ tenant: 'shop' })];
      return compiled({
        desired: desiredTenant({ tenant: 'shop', configurations, rules }),
        stored: structuredClone(stored),
      });
    };
    const [rd2, rd3] = [
      { id: 2, name: 'rd2' },
      { id: 3, name: 'rd3' },
    ];
    const changes = [
      {
        of: 'Common',
        change: inCommon(true, inCommon(false, null).declaration),
        again: (stored: JsonObject) => inCommon(true, stored),
        from: { type: 'route-domain', routeDomain: '/Common/0', policy: '/Common/Shared/k8s_ns_policy_rd' },
        policies: ['rd', '0'],
      },
      {
        of: 'another tenant',
        change: inShop(rd3, inShop(rd2, null).declaration),
        again: (stored: JsonObject) => inShop(rd3, stored),
        from: { type: 'route-domain', routeDomain: '/shop/rd2', policy: '/shop/Shared/k8s_ns_policy_rd2' },
        policies: ['rd2', 'rd3'],
      },
    ] as const;

    it.each(changes)('stay closed, beside closed ones, until those of $of are there', ({ change, from, policies }) => {
      const [before, after] = policies;
      const [first = {}, ...rest] = change.steps;
      const closing = layout === 'in-place' ? 'deny_all_rule' : 'k8s_svc_deny_all_rule_list';
      for (const scope of ['ns', 'svc']) expect(policyNames(first, `k8s_${scope}_policy_${before}`)).toEqual([closing]);
      expect(policyNames(first, `k8s_ns_policy_${after}`)).toEqual([]);
      expect(policyNames(first, `k8s_svc_policy_${after}`)).toEqual([expect.stringContaining('_interim_')]);
      expect(change.narrowedSteps).toBe(1);
      for (const step of rest) expect(Object.keys(sharedOf(step))).not.toContain(`k8s_ns_policy_${before}`);
      expect(change.leaving).toEqual([from]);
    });

    it.each(changes)('are looked for again by whoever goes on from there, in $of', ({ change, again, from }) => {
      const resumed = again(change.steps[0] ?? {});
      expect(resumed.leaving).toEqual([from]);
      expect(resumed.digest).toBe(change.digest);
      expect(again(change.declaration).steps).toEqual([change.declaration]);
      expect(again(change.declaration).leaving).toEqual([]);
    });
  },
);
