import { describe, expect, it } from 'vitest';
import { initialState } from './factory.js';
import {
  addressList,
  firewallRule,
  iRule,
  otherObject,
  policy,
  portList,
  ruleList,
  ruleSide,
  virtualServer,
} from './objects.js';
import { refusalOf } from './refusals.js';
import { edited } from './state.js';

const before = initialState({
  partitions: [{ name: 'T' }, { name: 'U' }],
  objects: [addressList({ path: '/T/a', addresses: ['10.0.0.1'] }), policy({ path: '/Common/p' }), iRule('/Common/i')],
});

const using = (addresses: string) =>
  firewallRule({ name: 'r', action: 'drop', source: ruleSide({ addressLists: [addresses] }) });

describe('the device accepts', () => {
  it.each([
    [
      'addresses, CIDRs and ranges',
      addressList({ path: '/T/b', addresses: ['10.0.0.1%2', '10.0.0.0%2/8', '10.0.0.1-10.0.0.9'] }),
    ],
    ['domain names', addressList({ path: '/T/b', fqdns: ['www.example.com', 'a-b.example.org'] })],
    ['references into its own partition', policy({ path: '/T/p', rules: [using('/T/a')] })],
    [
      'references into Common',
      policy({ path: '/T/p', rules: [firewallRule({ name: 'r', action: 'drop', iRule: '/Common/i' })] }),
    ],
    [
      'objects of unknown classes',
      otherObject({ component: 'ltm pool', path: '/T/pool', references: ['/Common/gateway_icmp'] }),
    ],
  ])('%s', (_what, object) => {
    expect(
      refusalOf(
        before,
        edited(before, (draft) => {
          draft.put(object);
        }),
      ),
    ).toBeNull();
  });
});

describe('the device refuses', () => {
  it.each([
    ['an address', addressList({ path: '/T/b', addresses: ['999.1.1.1'] }), /^01070734:3: .*999\.1\.1\.1 .*\/T\/b$/],
    ['a domain name', addressList({ path: '/T/b', fqdns: ['not a name'] }), /^01070734.*not a name/],
    ['a port', portList({ path: '/T/b', ports: ['http'] }), /^01070734.*Invalid port http/],
    [
      'an address in a rule',
      ruleList({
        path: '/T/l',
        rules: [firewallRule({ name: 'r', action: 'drop', source: ruleSide({ addresses: ['x'] }) })],
      }),
      /^01070734.*Invalid IP address x/,
    ],
    ['a virtual server’s address', virtualServer({ path: '/T/vs', destination: '1.2.3' }), /^01070734/],
    ['a missing list', policy({ path: '/T/p', rules: [using('/T/none')] }), /^01070712.*\/T\/none\) was not found/],
    [
      'a list of another partition',
      policy({ path: '/U/p', rules: [using('/T/a')] }),
      /^01070726.*cannot reference.*in partition T/,
    ],
    ['a missing policy', virtualServer({ path: '/T/vs', enforcedPolicy: '/Common/none' }), /^01070712/],
    ['a missing rule list', policy({ path: '/T/p', rules: [{ name: 'l', ruleList: '/T/l' }] }), /^01070712/],
  ])('%s', (_what, object, message) => {
    expect(
      refusalOf(
        before,
        edited(before, (draft) => {
          draft.put(object);
        }),
      ),
    ).toMatch(message);
  });

  it('to delete what is in use', () => {
    const inUse = edited(before, (draft) => {
      draft.put(policy({ path: '/T/p', rules: [using('/T/a')] }));
      draft.globalRules = { enforcedPolicy: '/Common/p', stagedPolicy: null };
    });
    const without = (component: string, path: string) =>
      refusalOf(
        inUse,
        edited(inUse, (draft) => draft.objects.delete(`${component} ${path}`)),
      );
    expect(without('security firewall address-list', '/T/a')).toMatch(/^01070265.*in use by security firewall policy/);
    expect(without('security firewall policy', '/Common/p')).toMatch(
      /^01070265.*in use by security firewall global-rules/,
    );
  });

  it('a default route domain that does not exist', () => {
    const changed = edited(before, (draft) =>
      draft.partitions.set('T', { name: 'T', defaultRouteDomain: 5, description: null }),
    );
    expect(refusalOf(before, changed)).toMatch(/^01070712.*route domain \(5\)/);
  });

  it('a policy for a route domain that does not exist', () => {
    const changed = edited(before, (draft) => {
      draft.enforce('/Common/0', { enforcedPolicy: '/Common/none' });
    });
    expect(refusalOf(before, changed)).toMatch(/^01070712.*net route-domain/);
  });

  it('nothing because of what was wrong before', () => {
    const wrong = initialState({ objects: [addressList({ path: '/Common/a', addresses: ['nonsense'] })] });
    expect(
      refusalOf(
        wrong,
        edited(wrong, (draft) => {
          draft.put(iRule('/Common/j'));
        }),
      ),
    ).toBeNull();
  });
});
