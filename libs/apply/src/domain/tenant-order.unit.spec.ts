import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { inDeclarationOrder } from './tenant-order.js';

const tenant = (name: string, prefixes: string[], withdrawn: string[] = []) =>
  tenantWork({ desired: desiredTenant({ tenant: name, rules: [desiredRule({ prefixes })] }), withdrawn });
const names = (...tenants: ReturnType<typeof tenant>[]) =>
  inDeclarationOrder(tenants).map((work) => work.desired.tenant);

describe('the order of declarations', () => {
  it('promise 2: the tenant that withdraws an address is declared before the one that grants it', () => {
    expect(names(tenant('Common', ['10.0.0.1']), tenant('zebra', [], ['10.0.0.1']))).toEqual(['zebra', 'Common']);
    expect(names(tenant('a', ['10.0.0.1'], ['10.0.0.2']), tenant('b', [], ['10.0.0.1']))).toEqual(['b', 'a']);
  });

  it('knows an address with its route domain', () => {
    expect(names(tenant('Common', ['10.0.0.1%2'], ['10.0.0.9']), tenant('zebra', [], ['10.0.0.1']))).toEqual([
      'zebra',
      'Common',
    ]);
  });

  it('takes withdrawals first, then Common, then by name', () => {
    expect(names(tenant('b', []), tenant('Common', []), tenant('a', []), tenant('z', [], ['10.9.9.9']))).toEqual([
      'z',
      'Common',
      'a',
      'b',
    ]);
  });

  it('declares every tenant once, also when two exchange addresses', () => {
    expect(names(tenant('a', ['10.0.0.1'], ['10.0.0.2']), tenant('b', ['10.0.0.2'], ['10.0.0.1'])).sort()).toEqual([
      'a',
      'b',
    ]);
  });
});
