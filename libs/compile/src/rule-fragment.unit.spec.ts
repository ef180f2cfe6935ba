import { describe, expect, it } from 'vitest';
import { destination, desiredRule } from '#testing/builders';
import { type FragmentSetting, ruleFragment } from './rule-fragment.js';

const ruleLists: FragmentSetting = { tenant: 'Common', layout: 'rule-lists', as3Version: '3.56.0' };
const inPlace: FragmentSetting = { ...ruleLists, layout: 'in-place' };

const tcp = { key: 'tcp', protocol: 'tcp', ports: ['443'], bandwidth: null };
const icmp = { key: 'icmp', protocol: 'icmp', ports: [], bandwidth: null };
const any = { key: 'any', protocol: 'any', ports: [], bandwidth: null };

function objectsOf(fragment: ReturnType<typeof ruleFragment>) {
  return Object.fromEntries(fragment.objects.map(({ name, object }) => [name, object]));
}

describe('a rule in the rule-lists layout', () => {
  it('has a source list, and a destination, port and rule list for each external service', () => {
    const fragment = ruleFragment(desiredRule({ logging: true }), ruleLists);
    expect(objectsOf(fragment)).toEqual({
      'k8s_svc_default_allow-shop_ep_shop_src_address': { class: 'Firewall_Address_List', addresses: ['10.1.2.3'] },
      'k8s_svc_default_allow-shop_ext_payments_address': {
        class: 'Firewall_Address_List',
        addresses: ['198.51.100.7'],
      },
      'k8s_svc_default_allow-shop_ext_payments_ports_tcp': { class: 'Firewall_Port_List', ports: ['443'] },
      'k8s_svc_default_allow-shop_ext_payments_rule_list': {
        class: 'Firewall_Rule_List',
        rules: [
          {
            name: 'accept_payments_tcp',
            action: 'accept',
            protocol: 'tcp',
            source: { addressLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ep_shop_src_address' }] },
            destination: {
              addressLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ext_payments_address' }],
              portLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ext_payments_ports_tcp' }],
            },
            loggingEnabled: true,
          },
        ],
      },
    });
    expect(fragment.entries).toEqual([{ use: '/Common/Shared/k8s_svc_default_allow-shop_ext_payments_rule_list' }]);
  });
});

describe('a rule in the in-place layout', () => {
  it('stands in the policy itself, refers to lists only, and has no rule list', () => {
    const fragment = ruleFragment(desiredRule(), inPlace);
    expect(Object.values(objectsOf(fragment)).map((object) => object['class'])).toEqual([
      'Firewall_Address_List',
      'Firewall_Address_List',
      'Firewall_Port_List',
    ]);
    expect(fragment.entries).toEqual([
      {
        name: 'k8s_svc_default_allow-shop_ext_payments_accept_tcp',
        action: 'accept',
        protocol: 'tcp',
        source: { addressLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ep_shop_src_address' }] },
        destination: {
          addressLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ext_payments_address' }],
          portLists: [{ use: '/Common/Shared/k8s_svc_default_allow-shop_ext_payments_ports_tcp' }],
        },
      },
    ]);
  });
});

describe.each([ruleLists, inPlace])('in the layout $layout', (setting) => {
  it.each(['accept', 'accept-decisively', 'drop', 'reject'] as const)(
    'fault 1: an %s rule whose source set is empty declares nothing',
    (action) => {
      expect(ruleFragment(desiredRule({ action, prefixes: [] }), setting)).toMatchObject({ objects: [], entries: [] });
    },
  );

  it('promise 1: nothing is declared towards an external service without addresses', () => {
    const nowhere = destination({ externalService: 'nowhere', addresses: [], domainNames: [] });
    const fragment = ruleFragment(desiredRule({ destinations: [nowhere, destination()] }), setting);
    expect(fragment.entries).toHaveLength(1);
    expect(JSON.stringify(fragment.objects)).not.toContain('nowhere');
    expect(fragment.leftOut).toMatchObject([{ externalService: 'nowhere', problem: { reason: 'NoDestinations' } }]);
  });

  it('promise 1: nothing is declared for a source list that no rule would use', () => {
    expect(ruleFragment(desiredRule({ destinations: [] }), setting).objects).toEqual([]);
  });

  it('promise 1: a name that Kubernetes would not allow is left out and said', () => {
    const fragment = ruleFragment(desiredRule({ name: '../../Common/Shared/x' }), setting);
    expect(fragment).toMatchObject({ objects: [], entries: [] });
    expect(fragment.leftOut).toMatchObject([{ externalService: null, problem: { reason: 'InvalidSpec' } }]);
  });

  it('promise 1: an external service with such a name is left out alone', () => {
    const destinations = [destination({ externalService: 'a/../b' }), destination()];
    const fragment = ruleFragment(desiredRule({ destinations }), setting);
    expect(fragment.entries).toHaveLength(1);
    expect(fragment.leftOut).toMatchObject([{ externalService: 'a/../b' }]);
  });

  it('a rule for everyone has no source', () => {
    const rule = desiredRule({ kind: 'ClusterEgressRule', source: { type: 'everyone' }, prefixes: null });
    const fragment = ruleFragment(rule, setting);
    expect(JSON.stringify([fragment.entries, fragment.objects])).not.toContain('source');
    expect(Object.keys(objectsOf(fragment))).not.toContain('k8s_global_allow-shop_src_address');
  });

  it('domain names go into fqdns, and a list of domain names alone has no addresses', () => {
    const destinations = [destination({ addresses: [], domainNames: ['b.example', 'a.example'] })];
    const objects = objectsOf(ruleFragment(desiredRule({ destinations }), setting));
    expect(objects['k8s_svc_default_allow-shop_ext_payments_address']).toEqual({
      class: 'Firewall_Address_List',
      fqdns: ['a.example', 'b.example'],
    });
  });

  it('addresses keep the route domain that they carry', () => {
    const rule = desiredRule({
      kind: 'ClusterEgressRule',
      source: { type: 'namespaces', selector: { requirements: [] } },
      prefixes: ['10.1.0.0%2/16', '10.2.0.1'],
    });
    expect(objectsOf(ruleFragment(rule, setting))['k8s_global_allow-shop_src_address']).toEqual({
      class: 'Firewall_Address_List',
      addresses: ['10.1.0.0%2/16', '10.2.0.1'],
    });
  });

  it('a bandwidth becomes the iRule of its firewall rule alone', () => {
    const slow = { key: 'slow', protocol: 'tcp', ports: ['80'], bandwidth: 'bwc-1mbps-irule' };
    const text = JSON.stringify(
      ruleFragment(desiredRule({ destinations: [destination({ services: [tcp, slow] })] }), setting),
    );
    expect(text.match(/"iRule":\{"bigip":"\/Common\/bwc-1mbps-irule"\}/g)).toHaveLength(1);
  });

  it('fault 12: traffic of any kind has neither protocol nor port list', () => {
    const fragment = ruleFragment(desiredRule({ destinations: [destination({ services: [any] })] }), setting);
    const text = JSON.stringify([fragment.entries, fragment.objects]);
    expect(text).not.toContain('protocol');
    expect(text).not.toContain('portLists');
  });

  it('fault 12: a protocol without ports keeps its protocol', () => {
    const udp = { key: 'udp', protocol: 'udp', ports: [], bandwidth: null };
    const fragment = ruleFragment(desiredRule({ destinations: [destination({ services: [udp] })] }), setting);
    const text = JSON.stringify([fragment.entries, fragment.objects]);
    expect(text).toContain('"protocol":"udp"');
    expect(text).not.toContain('portLists');
  });
});

describe('a protocol that the AS3 at hand does not know', () => {
  const old: FragmentSetting = { ...inPlace, as3Version: '3.31.0' };
  const destinations = [destination({ services: [icmp, tcp] })];

  it('promise 1: leaves the whole permission out', () => {
    const fragment = ruleFragment(desiredRule({ destinations }), old);
    expect(fragment.entries).toEqual([]);
    expect(fragment.leftOut).toMatchObject([{ externalService: 'payments', problem: { reason: 'LayoutLimit' } }]);
  });

  it('promise 1: leaves only that part of a denial out', () => {
    const fragment = ruleFragment(desiredRule({ action: 'drop', destinations }), old);
    expect(fragment.entries.map((entry) => entry['protocol'])).toEqual(['tcp']);
    expect(fragment.leftOut).toHaveLength(1);
  });

  it('is declared where AS3 knows it, with the schema version that does', () => {
    const fragment = ruleFragment(desiredRule({ destinations }), inPlace);
    expect(fragment.entries.map((entry) => entry['protocol'])).toEqual(['icmp', 'tcp']);
    expect(fragment.schemaVersion).toBe('3.32.0');
  });
});
