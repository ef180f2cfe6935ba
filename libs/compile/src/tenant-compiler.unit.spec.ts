import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { arbitraryTenant } from '#testing/arbitrary-desired';
import { desiredRule, desiredTenant } from '#testing/builders';
import { conforming } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';
import { digestOf } from './digest.js';
import { createTenantCompiler } from './tenant-compiler.js';

const as3Version = '3.56.0';

describe('a compiler that remembers', () => {
  it('promise 5: gives what a compilation from scratch gives, whatever it compiled before', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTenant(['k8s', 'c2']), { minLength: 2, maxLength: 4 }), (history) => {
        const compiler = createTenantCompiler();
        let stored: JsonObject | null = null;
        for (const desired of history) {
          // As they come out of the database: equal, and never the same objects.
          const input = { desired: structuredClone(desired), as3Version, stored };
          const remembered = compiler.compile(input);
          const fresh = compileTenant(input);
          expect(JSON.stringify(remembered)).toBe(JSON.stringify(fresh));
          expect(remembered?.digest).toBe(remembered ? digestOf(structuredClone(remembered.declaration)) : undefined);
          stored = remembered?.declaration ?? stored;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('makes nothing anew for rules that did not change', () => {
    const compiler = createTenantCompiler();
    const rules = [desiredRule({ uid: '1', name: 'a' }), desiredRule({ uid: '2', name: 'b' })];
    const first = compiler.compile({ desired: desiredTenant({ rules }), as3Version, stored: null });
    const changed = [rules[0] ?? desiredRule(), { ...desiredRule(rules[1]), prefixes: ['10.9.9.9'] }];
    const second = compiler.compile({
      desired: structuredClone(desiredTenant({ rules: changed })),
      as3Version,
      stored: null,
    });
    const list = (result: typeof first, name: string) => (result?.declaration['Shared'] as JsonObject)[name];
    expect(list(second, 'k8s_svc_default_a_ep_shop_src_address')).toBe(
      list(first, 'k8s_svc_default_a_ep_shop_src_address'),
    );
    expect(list(second, 'k8s_svc_default_b_ep_shop_src_address')).toEqual({
      class: 'Firewall_Address_List',
      addresses: ['10.9.9.9'],
    });
    expect(second && conforming(second).digest).not.toBe(first?.digest);
  });

  it('forgets what another AS3 version made of a rule', () => {
    const compiler = createTenantCompiler();
    const icmp = { key: 'icmp', protocol: 'icmp', ports: [], bandwidth: null };
    const rule = desiredRule();
    const rules = [{ ...rule, destinations: rule.destinations.map((part) => ({ ...part, services: [icmp] })) }];
    const desired = desiredTenant({ rules });
    expect(compiler.compile({ desired, as3Version: '3.30.0', stored: null })?.leftOut).toHaveLength(1);
    expect(compiler.compile({ desired, as3Version: '3.32.0', stored: null })?.leftOut).toHaveLength(0);
  });
});

describe('the digest', () => {
  it('is the same for the same content, in whatever order its keys came', () => {
    const reversed = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).reverse());
    const result = compileTenant({ desired: desiredTenant(), as3Version, stored: null });
    const body = result?.declaration ?? {};
    expect(digestOf(reversed({ ...body, Shared: reversed(body['Shared'] as JsonObject) }))).toBe(result?.digest);
  });

  it('changes with every address, and with the order of rules', () => {
    const rules = [desiredRule({ uid: '1', name: 'a' }), desiredRule({ uid: '2', name: 'b' })];
    const digest = (changed: typeof rules) =>
      compileTenant({ desired: desiredTenant({ rules: changed }), as3Version, stored: null })?.digest;
    const [a = desiredRule(), b = desiredRule()] = rules;
    const variants = [rules, [{ ...a, prefixes: ['10.1.2.4'] }, b], [{ ...a, priority: 2000 }, b], [a]];
    expect(new Set(variants.map(digest)).size).toBe(variants.length);
  });
});
