import { describe, expect, it } from 'vitest';
import { addressList, type DeviceObject, firewallRule, policy, virtualServer } from '../device/objects.js';
import { configurationOf } from './configuration.js';
import { compareConfigurations, type ObjectChange } from './difference.js';

function compare(
  before: readonly DeviceObject[],
  after: readonly DeviceObject[],
  comparesRuleOrder = false,
): ObjectChange[] {
  const options = { comparesRuleOrder };
  return compareConfigurations(configurationOf(before, options), configurationOf(after, options));
}

const list = (...addresses: string[]) => addressList({ path: '/T/Shared/a', addresses });
const rules = (...names: string[]) =>
  policy({ path: '/T/Shared/p', rules: names.map((name) => firewallRule({ name, action: 'accept' })) });

describe('what AS3 finds different', () => {
  it('is nothing where the objects are equal, whatever the order of what has names', () => {
    expect(compare([list('10.0.0.1', '10.0.0.2')], [list('10.0.0.2', '10.0.0.1')])).toEqual([]);
  });

  it('is a new object, and one that is gone', () => {
    const changes = compare([list()], [rules()]);
    expect(changes.map(({ change, path, adds }) => [change, path, adds])).toEqual([
      ['delete', '/T/Shared/a', false],
      ['create', '/T/Shared/p', true],
    ]);
  });

  it('is an entry that came, which adds, or went, which does not', () => {
    const came = compare([list('10.0.0.1')], [list('10.0.0.1', '10.0.0.2')]);
    const went = compare([list('10.0.0.1', '10.0.0.2')], [list('10.0.0.1')]);
    expect([came, went].map(([change]) => [change?.change, change?.adds])).toEqual([
      ['modify', true],
      ['modify', false],
    ]);
    expect(went[0]?.differences()).toEqual([
      {
        kind: 'D',
        path: ['/T/Shared/a', 'properties', 'addresses', '10.0.0.2'],
        lhs: {},
        command: 'security firewall address-list',
      },
    ]);
  });

  it('is not the order of rules, unless it is told to compare it', () => {
    expect(compare([rules('a', 'b')], [rules('b', 'a')])).toEqual([]);
    expect(compare([rules('a', 'b')], [rules('b', 'a')], true)).toHaveLength(1);
  });

  it('is the order of a virtual server’s iRules', () => {
    const server = (...iRules: string[]) => virtualServer({ path: '/T/Shared/vs', iRules });
    expect(compare([server('/Common/a', '/Common/b')], [server('/Common/b', '/Common/a')])).toHaveLength(1);
  });

  it('is not the addresses of a list that are discovered', () => {
    const discovered = (address: string) => ({ ...list(address), discovered: true });
    expect(compare([discovered('10.0.0.1')], [discovered('::1:5ee:bad:c0de')])).toEqual([]);
  });
});
