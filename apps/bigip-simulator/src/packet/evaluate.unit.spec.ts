import { describe, expect, it } from 'vitest';
import { type DeviceContent, initialState } from '../device/factory.js';
import {
  addressList,
  type FirewallRule,
  firewallRule,
  policy,
  portList,
  ruleList,
  ruleSide,
  virtualServer,
} from '../device/objects.js';
import { evaluate, type EvaluationOptions, type Packet, type Verdict } from './evaluate.js';

const packet: Packet = { source: '10.1.2.3', destination: '1.2.3.4', port: 443, protocol: 'tcp' };
const options: EvaluationOptions = { resolved: new Map(), strictDestinations: false };

function verdict(content: DeviceContent, given: Partial<Packet> = {}, more: Partial<EvaluationOptions> = {}): Verdict {
  return evaluate(initialState(content), { ...packet, ...given }, { ...options, ...more });
}

const any = (action: FirewallRule['action'], name = action): FirewallRule => firewallRule({ name, action });
const from = (list: string) => ruleSide({ addressLists: [list] });

describe('the order of the contexts', () => {
  /** A policy for each of global, route domain and virtual server. */
  const contexts = (...actions: readonly (FirewallRule['action'] | null)[]): DeviceContent => {
    const path = (index: number): string | null => (actions[index] ? `/Common/p${String(index)}` : null);
    const objects = actions.flatMap((action, index) =>
      action ? [policy({ path: `/Common/p${String(index)}`, rules: [any(action)] })] : [],
    );
    return {
      objects: [...objects, virtualServer({ path: '/Common/vs', enforcedPolicy: path(2) })],
      globalRules: { enforcedPolicy: path(0) },
      routeDomains: [{ path: '/Common/0', id: 0, enforcedPolicy: path(1) }],
    };
  };

  it.each([
    [['accept', 'accept', 'accept'], 'accept', 'virtual-server'],
    [['accept', 'accept', 'drop'], 'drop', 'virtual-server'],
    [['accept', 'reject', 'accept'], 'reject', 'route-domain'],
    [['accept-decisively', 'drop', 'drop'], 'accept-decisively', 'global'],
    [['accept', 'accept-decisively', 'drop'], 'accept-decisively', 'route-domain'],
    [['drop', 'accept-decisively', 'accept'], 'drop', 'global'],
    [[null, null, 'drop'], 'drop', 'virtual-server'],
    [['accept', null, null], 'accept', 'global'],
  ] as const)('%j is %s, decided by %s', (actions, action, context) => {
    expect(verdict(contexts(...actions))).toMatchObject({ action, decidedBy: { context } });
  });

  it('accepts where nothing matches, decided by nobody', () => {
    expect(verdict(contexts(null, null, null))).toMatchObject({ action: 'accept', decidedBy: null, matched: [] });
  });

  it('names the rules that let the packet pass on', () => {
    const matched = verdict(contexts('accept', 'accept', 'drop')).matched.map(({ context, action }) => [
      context,
      action,
    ]);
    expect(matched).toEqual([
      ['global', 'accept'],
      ['route-domain', 'accept'],
      ['virtual-server', 'drop'],
    ]);
  });
});

describe('a rule', () => {
  /** A virtual server whose policy has one accepting rule before the deny-all. */
  const withRule = (rule: Partial<FirewallRule>, partition = 'Common', defaultRouteDomain = 0): DeviceContent => ({
    partitions: partition === 'Common' ? [] : [{ name: partition, defaultRouteDomain }],
    objects: [
      addressList({ path: `/${partition}/pods`, addresses: ['10.1.2.3', '10.1.2.4'] }),
      addressList({ path: `/${partition}/all`, addressLists: [`/${partition}/pods`, `/${partition}/all`] }),
      addressList({ path: `/${partition}/names`, fqdns: ['www.example.com'] }),
      addressList({ path: `/${partition}/empty` }),
      portList({ path: `/${partition}/web`, ports: ['80', '8000-8010'] }),
      portList({ path: `/${partition}/ports`, portLists: [`/${partition}/web`] }),
      policy({
        path: `/${partition}/p`,
        rules: [firewallRule({ name: 'allow', action: 'accept', ...rule }), any('drop')],
      }),
      virtualServer({ path: `/${partition}/vs`, enforcedPolicy: `/${partition}/p` }),
    ],
  });
  const allows = (
    rule: Partial<FirewallRule>,
    given: Partial<Packet> = {},
    more?: Partial<EvaluationOptions>,
  ): boolean => verdict(withRule(rule), given, more).action === 'accept';

  it('without a source matches every source', () => {
    expect(allows({}, { source: '203.0.113.9' })).toBe(true);
  });

  it('with an empty list matches none', () => {
    expect(allows({ source: from('/Common/empty') })).toBe(false);
  });

  it('matches the addresses of its lists, and of the lists in them', () => {
    for (const list of ['/Common/pods', '/Common/all']) {
      expect([allows({ source: from(list) }), allows({ source: from(list) }, { source: '10.1.2.5' })]).toEqual([
        true,
        false,
      ]);
    }
  });

  it('matches addresses and ports that stand in it', () => {
    const rule = { destination: ruleSide({ addresses: ['1.2.3.0/24'], ports: ['443'] }) };
    expect([allows(rule), allows(rule, { port: 80 }), allows(rule, { destination: '1.2.4.1' })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('matches the ports of its lists, and no packet without a port', () => {
    const rule = { destination: ruleSide({ portLists: ['/Common/ports'] }) };
    expect([80, 8005, 8011].map((port) => allows(rule, { port }))).toEqual([true, true, false]);
    const { port: _, ...ping } = packet;
    expect(evaluate(initialState(withRule(rule)), { ...ping, protocol: 'icmp' }, options).action).toBe('drop');
  });

  it('matches its protocol in any case', () => {
    const rule = { protocol: 'udp' };
    expect([allows(rule), allows(rule, { protocol: 'UDP' })]).toEqual([false, true]);
  });

  it('matches domain names as the resolver knows them', () => {
    const rule = { destination: from('/Common/names') };
    expect(allows(rule)).toBe(false);
    expect(allows(rule, {}, { resolved: new Map([['WWW.example.com', ['1.2.3.4']]]) })).toBe(true);
    expect(allows(rule, { fqdnOf: (address) => (address === '1.2.3.4' ? ['www.example.com'] : []) })).toBe(true);
  });

  it('of a VLAN that the packet may not come from does not match', () => {
    expect(allows({ source: ruleSide({ vlans: ['/Common/vlan'] }) })).toBe(false);
  });

  it('in a rule list decides like one in the policy, and is named with its list', () => {
    const content: DeviceContent = {
      objects: [
        ruleList({ path: '/Common/l', rules: [any('reject')] }),
        policy({ path: '/Common/p', rules: [{ name: 'l', ruleList: '/Common/l' }, any('drop')] }),
        virtualServer({ path: '/Common/vs', enforcedPolicy: '/Common/p' }),
      ],
    };
    expect(verdict(content).decidedBy).toEqual({
      context: 'virtual-server',
      policy: '/Common/p',
      ruleList: '/Common/l',
      rule: 'reject',
      action: 'reject',
    });
  });

  describe('in a route domain', () => {
    const source = { source: from('/T/pods') };

    it('takes addresses without %ID from the default of its partition', () => {
      const content = withRule(source, 'T', 2);
      expect(verdict(content, { source: '10.1.2.3%2', virtualServer: '/T/vs' }).action).toBe('accept');
      expect(verdict(content, { virtualServer: '/T/vs' }).action).toBe('drop');
    });

    it('of Common matches only packets of route domain 0, unless %ID is written out', () => {
      const content = (address: string): DeviceContent => ({
        objects: [
          addressList({ path: '/Common/pods', addresses: [address] }),
          policy({
            path: '/Common/p',
            rules: [firewallRule({ name: 'r', action: 'drop', source: from('/Common/pods') })],
          }),
        ],
        globalRules: { enforcedPolicy: '/Common/p' },
      });
      expect(verdict(content('10.1.2.3'), { routeDomain: 2 }).action).toBe('accept');
      expect(verdict(content('10.1.2.3%2'), { routeDomain: 2 }).action).toBe('drop');
    });

    it('of Common takes a destination without %ID in every route domain, unless destinations are strict', () => {
      const content: DeviceContent = {
        objects: [
          addressList({ path: '/Common/net', addresses: ['1.2.3.4'] }),
          policy({
            path: '/Common/p',
            rules: [firewallRule({ name: 'r', action: 'drop', destination: from('/Common/net') })],
          }),
        ],
        globalRules: { enforcedPolicy: '/Common/p' },
      };
      expect(verdict(content, { routeDomain: 2 }).action).toBe('drop');
      expect(verdict(content, { routeDomain: 2 }, { strictDestinations: true }).action).toBe('accept');
    });
  });
});

describe('the route domain of a packet', () => {
  const content: DeviceContent = {
    partitions: [{ name: 'T', defaultRouteDomain: 7 }, { name: 'U' }],
    routeDomains: [{ path: '/U/rd', id: 9 }],
  };

  it.each([
    [{}, 0],
    [{ routeDomain: 3 }, 3],
    [{ source: '10.1.2.3%5' }, 5],
    [{ partition: 'T' }, 7],
    [{ partition: 'U' }, 9],
  ])('%j is %s', (given, routeDomain) => {
    expect(verdict(content, given).routeDomain).toBe(routeDomain);
  });
});

describe('virtual servers', () => {
  const content: DeviceContent = {
    objects: [
      virtualServer({ path: '/Common/all' }),
      virtualServer({ path: '/Common/net', destination: '1.2.3.0/24' }),
      virtualServer({ path: '/Common/tls', destination: '1.2.3.0/24', port: 443, protocol: 'tcp' }),
      virtualServer({ path: '/Common/off', destination: '1.2.3.4', enabled: false }),
      virtualServer({ path: '/Common/other', destination: '1.2.3.4%4/32' }),
      virtualServer({ path: '/Common/clients', destination: '1.2.3.4', source: '192.0.2.0/24' }),
    ],
  };

  it.each([
    [{}, '/Common/tls'],
    [{ port: 80 }, '/Common/net'],
    [{ destination: '9.9.9.9' }, '/Common/all'],
    [{ routeDomain: 4 }, '/Common/other'],
    [{ source: '192.0.2.7' }, '/Common/clients'],
    [{ destination: '2001:db8::1', source: '2001:db8::2' }, null],
    [{ virtualServer: '/Common/all' }, '/Common/all'],
    [{ virtualServer: '/Common/off' }, null],
  ])('%j goes to %s', (given, server) => {
    expect(verdict(content, given).virtualServer).toBe(server);
  });

  it('are needed for a packet to get anywhere, whatever the firewall says', () => {
    expect(verdict({})).toMatchObject({ action: 'accept', reaches: false });
    expect(verdict(content)).toMatchObject({ action: 'accept', reaches: true });
  });
});

it('evaluates staged policies and enforces nothing of them', () => {
  const content: DeviceContent = {
    objects: [
      policy({ path: '/Common/staged', rules: [any('drop')] }),
      virtualServer({ path: '/Common/vs', stagedPolicy: '/Common/staged' }),
    ],
  };
  expect(verdict(content)).toMatchObject({
    action: 'accept',
    reaches: true,
    staged: [{ policy: '/Common/staged', rule: 'drop', context: 'virtual-server' }],
  });
});

it('does not take what is no address', () => {
  expect(() => verdict({}, { source: 'pod' })).toThrow(/pod is not an IP address/);
});
