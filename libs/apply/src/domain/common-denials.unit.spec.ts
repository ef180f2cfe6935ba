import { type DesiredRule } from '#core/desired';
import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { areTiedByDenials, onlyCloses } from './common-denials.js';

const tenant = (name: string, held: DesiredRule[], wanted: DesiredRule[]) =>
  tenantWork({
    desired: desiredTenant({ tenant: name, rules: wanted }),
    current: { version: 1, digest: '', position: 1, declaration: {}, rules: held },
  });
const denial = (prefixes: string[] | null, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({ uid: 'denial', action: 'drop', prefixes, ...overrides });
const permission = (prefixes: string[]) => desiredRule({ uid: 'permission', prefixes });

describe('denials of Common only close', () => {
  it('where they come, or come to apply to more', () => {
    expect(onlyCloses(tenant('Common', [], [denial(['10.0.0.1'])]))).toBe(true);
    expect(onlyCloses(tenant('Common', [denial(['10.0.0.1'])], [denial(['10.0.0.1', '10.0.0.2'])]))).toBe(true);
    expect(onlyCloses(tenant('Common', [denial(['10.0.0.1'])], [denial(null)]))).toBe(true);
  });

  it('not where one goes, applies to less, or becomes another, nor where nothing changes', () => {
    expect(onlyCloses(tenant('Common', [denial(['10.0.0.1'])], []))).toBe(false);
    expect(onlyCloses(tenant('Common', [denial(null)], [denial(['10.0.0.1'])]))).toBe(false);
    expect(onlyCloses(tenant('Common', [denial(['10.0.0.1'])], [denial(['10.0.0.2'])]))).toBe(false);
    expect(onlyCloses(tenant('Common', [denial(null)], [denial(null, { action: 'reject' })]))).toBe(false);
    expect(onlyCloses(tenant('Common', [denial(null)], [denial(null)]))).toBe(false);
  });

  it('not in another tenant, and not by a permission', () => {
    expect(onlyCloses(tenant('a', [], [denial(null)]))).toBe(false);
    expect(onlyCloses(tenant('Common', [], [permission(['10.0.0.1'])]))).toBe(false);
  });

  it('also what the device took of a refused declaration has to go', () => {
    const common = tenant('Common', [], [denial(['10.0.0.1'])]);
    const rules = [denial(null, { uid: 'taken' })];
    expect(onlyCloses({ ...common, taken: [{ part: 'additions', declaration: {}, rules }] })).toBe(false);
  });
});

describe('denials of Common tie a tenant', () => {
  const closing = tenant('Common', [], [denial(null)]);
  const opening = tenant('Common', [denial(null)], []);
  const granting = tenant('a', [], [permission(['10.0.0.1'])]);
  const withdrawing = tenant('a', [permission(['10.0.0.1'])], []);

  it('whose permissions widen with denials that come, and narrow with denials that go', () => {
    expect([areTiedByDenials(closing, granting), areTiedByDenials(granting, closing)]).toEqual([true, true]);
    expect(areTiedByDenials(opening, withdrawing)).toBe(true);
  });

  it('not otherwise: neither order lets anything pass', () => {
    expect(areTiedByDenials(closing, withdrawing)).toBe(false);
    expect(areTiedByDenials(opening, granting)).toBe(false);
    expect(areTiedByDenials(tenant('Common', [], []), granting)).toBe(false);
    expect(areTiedByDenials(tenant('b', [], [denial(null)]), granting)).toBe(false);
  });
});
