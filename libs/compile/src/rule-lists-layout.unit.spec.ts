import { describe, expect, it } from 'vitest';
import { type Configuration } from '#core/configuration';
import { configuration, desiredRule, desiredTenant, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';
import { compileTenant } from './compile-tenant.js';

const inCommon = tenantConfiguration({ layout: 'rule-lists' });
const inShop = tenantConfiguration({
  name: 'shop',
  namespaces: ['shop'],
  layout: 'rule-lists',
  routeDomain: { id: 2, name: 'rd2' },
});

function withRouteDomains(overrides: Partial<Configuration> = {}): Configuration {
  return configuration({ routeDomains: true, schemaVersion: '3.29.0', tenants: [inCommon, inShop], ...overrides });
}

const ofShop = desiredRule({
  tenant: 'shop',
  kind: 'NamespaceEgressRule',
  namespace: 'shop',
  name: 'r',
  source: { type: 'namespace', namespace: 'shop' },
  prefixes: ['10.2.0.0/16'],
});

describe('Common, before its first rule', () => {
  const common = compiled({
    desired: desiredTenant({ configurations: [configuration({ tenants: [inCommon] })], rules: [] }),
  });

  it('holds the policies that CES 0.5 declares at start, and nothing else', () => {
    expect(common.declaration).toEqual({
      class: 'Tenant',
      Shared: {
        class: 'Application',
        template: 'shared',
        k8s_system_global_policy: { class: 'Firewall_Policy', rules: [] },
        k8s_ns_policy_rd: { class: 'Firewall_Policy', rules: [] },
        k8s_svc_policy_rd: {
          class: 'Firewall_Policy',
          rules: [{ use: '/Common/Shared/k8s_svc_deny_all_rule_list' }],
        },
        k8s_svc_deny_all_rule_list: {
          class: 'Firewall_Rule_List',
          rules: [{ name: 'deny_all_rule', action: 'drop', protocol: 'any' }],
        },
      },
    });
  });

  it('asks for its policies to be enforced', () => {
    expect(common.enforcement).toEqual([
      { type: 'global', policy: '/Common/Shared/k8s_system_global_policy' },
      { type: 'route-domain', routeDomain: '/Common/0', policy: '/Common/Shared/k8s_ns_policy_rd' },
    ]);
  });

  it('is declared whole where the configuration says that traffic is denied always', () => {
    const always = configuration({ tenants: [inCommon], defaultDeny: 'always' });
    const { declaration } = compiled({ desired: desiredTenant({ configurations: [always], rules: [] }) });
    expect(sharedOf(declaration)).toHaveProperty('k8s_outbound_vs');
  });
});

describe('a tenant with a route domain', () => {
  const shop = compiled({ desired: { tenant: 'shop', configurations: [withRouteDomains()], rules: [ofShop] } });

  it('has the virtual server, its pool and address, and the policies of the route domain', () => {
    expect(sharedOf(shop.declaration)).toMatchObject({
      k8s_outbound_vs: {
        class: 'Service_L4',
        layer4: 'any',
        translateServerAddress: false,
        translateServerPort: false,
        virtualPort: 0,
        snat: 'auto',
        virtualAddresses: [{ use: '/shop/Shared/k8s_outbound_va' }],
        pool: 'k8s_gw_pool',
        policyFirewallEnforced: { use: '/shop/Shared/k8s_svc_policy_rd2' },
      },
      k8s_outbound_va: {
        class: 'Service_Address',
        virtualAddress: '0.0.0.0',
        icmpEcho: 'disable',
        arpEnabled: false,
      },
      k8s_gw_pool: {
        class: 'Pool',
        members: [{ serverAddresses: ['192.0.2.1'], servicePort: 0, enable: true }],
        monitors: [{ bigip: '/Common/gateway_icmp' }],
      },
    });
    expect(policyNames(shop.declaration, 'k8s_ns_policy_rd2')).toEqual(['k8s_ns_shop_r_ext_payments_rule_list']);
    expect(policyNames(shop.declaration, 'k8s_svc_policy_rd2')).toEqual(['k8s_svc_deny_all_rule_list']);
    expect(sharedOf(shop.declaration)).not.toHaveProperty('k8s_system_global_policy');
    expect(sharedOf(shop.declaration)['k8s_outbound_vs']).not.toHaveProperty('securityLogProfiles');
  });

  it('fault 5: takes the route domain from the configuration, and writes it into no address', () => {
    expect(shop.declaration['defaultRouteDomain']).toBe(2);
    expect(JSON.stringify(shop.declaration)).not.toContain('%');
  });

  it('enforces its namespace policy on its own route domain', () => {
    expect(shop.enforcement).toEqual([
      { type: 'route-domain', routeDomain: '/shop/rd2', policy: '/shop/Shared/k8s_ns_policy_rd2' },
    ]);
  });

  it('fault 14: keeps AS3 from switching the namespace policy off, and says so in the schema version', () => {
    expect(shop.declaration['useCommonRouteDomainTenant']).toBe(false);
    expect(shop.schemaVersion).toBe('3.52.0');
  });

  it('does not use that property where AS3 does not know it', () => {
    const old = compiled({
      desired: { tenant: 'shop', configurations: [withRouteDomains()], rules: [ofShop] },
      as3Version: '3.48.0',
    });
    expect(old.declaration).not.toHaveProperty('useCommonRouteDomainTenant');
    expect(old.schemaVersion).toBe('3.29.0');
  });

  it('is not declared before its first rule', () => {
    const input = { tenant: 'shop', configurations: [withRouteDomains()], rules: [] };
    expect(compileTenant({ desired: input, as3Version: '3.56.0', stored: null })).toBeNull();
  });

  it('stays, with deny-all, when its last rule has gone', () => {
    const desired = { tenant: 'shop', configurations: [withRouteDomains()], rules: [] };
    const empty = compiled({ desired, stored: shop.declaration });
    expect(sharedOf(empty.declaration)).toHaveProperty('k8s_outbound_vs');
    expect(policyNames(empty.declaration, 'k8s_svc_policy_rd2')).toEqual(['k8s_svc_deny_all_rule_list']);
  });

  it('never points into /Common/Shared', () => {
    expect(JSON.stringify(shop.declaration)).not.toContain('"/Common/Shared');
  });
});

describe('Common with route domains', () => {
  it('uses the route domain 0 by its name', () => {
    const rule = desiredRule({ namespace: 'default' });
    const common = compiled({ desired: desiredTenant({ configurations: [withRouteDomains()], rules: [rule] }) });
    expect(policyNames(common.declaration, 'k8s_svc_policy_0')).toEqual([
      'k8s_svc_default_allow-shop_ext_payments_rule_list',
      'k8s_svc_deny_all_rule_list',
    ]);
    expect(common.declaration).not.toHaveProperty('defaultRouteDomain');
    expect(common.enforcement).toContainEqual({
      type: 'route-domain',
      routeDomain: '/Common/0',
      policy: '/Common/Shared/k8s_ns_policy_0',
    });
  });
});

describe('a gateway pool without addresses', () => {
  it('has no members, so that nothing is let through', () => {
    const empty = configuration({ tenants: [tenantConfiguration({ layout: 'rule-lists', gatewayPool: [] })] });
    const { declaration } = compiled({ desired: desiredTenant({ configurations: [empty] }) });
    expect(sharedOf(declaration)['k8s_gw_pool']).toEqual({
      class: 'Pool',
      monitors: [{ bigip: '/Common/gateway_icmp' }],
    });
  });
});
