import { desiredRule, destination } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { rulesWithoutLeaving } from './withdrawal.js';

const [bank, shop] = [destination({ externalService: 'bank' }), destination({ externalService: 'shop' })];
const permission = desiredRule({ prefixes: ['10.1.0.1', '10.1.0.2'], destinations: [bank, shop] });
const denial = desiredRule({ uid: 'denial', action: 'drop', prefixes: ['10.1.0.1'] });
const passing = desiredRule({ uid: 'passing', kind: 'NamespaceEgressRule', prefixes: ['10.1.0.1'] });

describe('promise 2: a tenant that has to wait for another one', () => {
  it('takes from its permissions what leaves, and adds nothing', () => {
    const now = { ...permission, prefixes: ['10.1.0.2', '10.1.0.3'], destinations: [shop], priority: 1 };
    expect(rulesWithoutLeaving([permission], [now, desiredRule({ uid: 'new' })])).toEqual([
      { ...permission, prefixes: ['10.1.0.2'], destinations: [shop] },
    ]);
  });

  it('drops a permission that goes, or becomes a denial', () => {
    expect(rulesWithoutLeaving([permission], [])).toEqual([]);
    expect(rulesWithoutLeaving([permission], [{ ...permission, action: 'drop' }])).toEqual([]);
  });

  it('narrows one for everyone only when all is desired', () => {
    const everyone = { ...permission, prefixes: null };
    expect(rulesWithoutLeaving([everyone], [permission])).toEqual([everyone]);
    expect(rulesWithoutLeaving([permission], [everyone])).toEqual([permission]);
  });

  it('promise 1: keeps denials, and what only passes packets on, as they stand', () => {
    expect(rulesWithoutLeaving([denial, passing], [])).toEqual([denial, passing]);
  });
});
