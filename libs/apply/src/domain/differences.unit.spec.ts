import { type JsonObject } from '#core/json';
import { describe, expect, it } from 'vitest';
import { readDifferences, storedDifferences } from './differences.js';

describe('the differences that AS3 shows', () => {
  const read = (...entries: readonly JsonObject[]) => readDifferences({ traces: { shopDiff: entries } }, 'shop');

  it('are read with the object, the property and both values', () => {
    expect(
      read(
        { kind: 'N', path: ['/shop/Shared/a', 'properties', 'addresses', '10.1.2.4'], rhs: {}, command: 'x' },
        { kind: 'D', path: ['/shop/Shared/b'], lhs: { command: 'x' } },
        { kind: 'E', path: ['/shop/Shared/c', 'properties', 'action'], lhs: 'accept', rhs: 'drop' },
        { kind: 'A', path: ['/shop/Shared/d', 'properties', 'ports'], index: 2, item: { kind: 'D', lhs: '80' } },
      ),
    ).toEqual([
      { object: '/shop/Shared/a', type: 'missing', property: ['addresses', '10.1.2.4'], found: null, declared: {} },
      { object: '/shop/Shared/b', type: 'extra', property: [], found: { command: 'x' }, declared: null },
      { object: '/shop/Shared/c', type: 'changed', property: ['action'], found: 'accept', declared: 'drop' },
      { object: '/shop/Shared/d', type: 'extra', property: ['ports', '2'], found: '80', declared: null },
    ]);
  });

  it.each([[{}], [{ traces: {} }], [{ traces: { shopDiff: [{ kind: '?', path: ['/shop/Shared/a'] }] } }]])(
    'promise 1: %j is no sign that there are none',
    (body) => {
      expect(() => readDifferences(body, 'shop')).toThrow('cannot be read');
    },
  );
});

describe('the differences of what AS3 stores', () => {
  const list = (...addresses: readonly string[]): JsonObject => ({ class: 'Firewall_Address_List', addresses });
  const policy = (...names: readonly string[]): JsonObject => ({
    class: 'Firewall_Policy',
    rules: names.map((name) => ({ name })),
  });
  const tenant = (shared: JsonObject): JsonObject => ({ class: 'Tenant', Shared: shared });
  const between = (declared: JsonObject, stored: JsonObject) =>
    storedDifferences('shop', tenant(declared), tenant(stored)).map(({ object, type, property }) => [
      object.split('/').at(-1),
      type,
      property.join('.'),
    ]);

  it('are told object by object, and entry by entry, whatever the order', () => {
    expect(
      between(
        { same: list('a', 'b'), changed: list('a', 'b'), gone: list('a'), p: policy('one', 'two') },
        { same: list('b', 'a'), changed: list('a', 'c'), new: list('a'), p: policy('two', 'three') },
      ),
    ).toEqual([
      ['changed', 'missing', 'addresses.b'],
      ['changed', 'extra', 'addresses.c'],
      ['gone', 'missing', ''],
      ['new', 'extra', ''],
      ['p', 'missing', 'rules.one'],
      ['p', 'extra', 'rules.three'],
    ]);
  });

  it('are all of it where AS3 does not know the tenant', () => {
    expect(storedDifferences('shop', tenant({ a: list('x') }), null)).toMatchObject([
      { type: 'missing', property: [] },
    ]);
  });
});
