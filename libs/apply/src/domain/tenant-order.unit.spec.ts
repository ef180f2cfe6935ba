import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { inDeclarationOrder, waitsFor, withdraws } from './tenant-order.js';

/** A tenant whose only rule stands for some prefixes and is to stand for others. */
const tenant = (name: string, prefixes: string[], held: string[] = [], overrides = {}) =>
  tenantWork({
    desired: desiredTenant({ tenant: name, rules: [desiredRule({ prefixes, ...overrides })] }),
    current: {
      version: 1,
      digest: '',
      position: 1,
      declaration: {},
      rules: [desiredRule({ prefixes: held, ...overrides })],
    },
  });
const names = (...tenants: ReturnType<typeof tenant>[]) =>
  inDeclarationOrder(tenants).map((work) => work.desired.tenant);

describe('the order of declarations', () => {
  it('promise 2: the tenant that withdraws an address is declared before the one that grants it', () => {
    expect(names(tenant('Common', ['10.0.0.1']), tenant('zebra', [], ['10.0.0.1']))).toEqual(['zebra', 'Common']);
    expect(names(tenant('a', ['10.0.0.1'], ['10.0.0.2']), tenant('b', [], ['10.0.0.1']))).toEqual(['b', 'a']);
  });

  it('promise 2: also when one of the two speaks of a whole network', () => {
    expect(names(tenant('Common', ['10.0.0.0/16']), tenant('zebra', [], ['10.0.0.1']))).toEqual(['zebra', 'Common']);
    expect(names(tenant('Common', ['10.0.0.1']), tenant('zebra', [], ['10.0.0.0/16']))).toEqual(['zebra', 'Common']);
  });

  it('promise 2: what the device took of a refused declaration has to be withdrawn too', () => {
    const rules = [desiredRule({ prefixes: ['10.0.0.1'] })];
    const zebra = { ...tenant('zebra', []), taken: [{ part: 'additions', declaration: {}, rules }] } as const;
    expect(names(tenant('Common', ['10.0.0.1']), zebra)).toEqual(['zebra', 'Common']);
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

  it('promise 1: takes Common before all others when it only denies more', () => {
    const common = (held: string[], wanted: string[]) => tenant('Common', wanted, held, { action: 'drop' });
    const withdrawing = tenant('a', [], ['10.9.9.9']);
    expect(names(withdrawing, common([], ['10.0.0.1']))).toEqual(['Common', 'a']);
    expect(names(withdrawing, common(['10.0.0.1'], []))).toEqual(['a', 'Common']);
  });

  it('declares every tenant once, also when two exchange addresses', () => {
    const [a, b] = [tenant('a', ['10.0.0.1'], ['10.0.0.2']), tenant('b', ['10.0.0.2'], ['10.0.0.1'])];
    expect(names(a, b).sort()).toEqual(['a', 'b']);
    expect([waitsFor(a, b), waitsFor(b, a)]).toEqual([true, true]);
  });

  it('waits for nobody with what it grants already, nor because of a denial', () => {
    const leaving = tenant('b', [], ['10.0.0.1']);
    expect(waitsFor(tenant('a', ['10.0.0.1'], ['10.0.0.1']), leaving)).toBe(false);
    expect(waitsFor(tenant('a', ['10.0.0.1'], [], { action: 'drop' }), leaving)).toBe(false);
    expect(withdraws(tenant('b', [], ['10.0.0.1'], { action: 'drop' }))).toBe(false);
  });
});
