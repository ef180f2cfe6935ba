import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commentedConfiguration } from './commented-configuration.js';

const repository = new URL('../../../../', import.meta.url);

it('has every key that the parser reads', () => {
  const parser = readFileSync(new URL('libs/core/src/configuration-parser.ts', repository), 'utf8');
  const getters = /\.(?:text|boolean|whole|oneOf|texts|map|maps)(?:<\w+>)?\(\s*'(\w+)'|readAddress\(\w+, '(\w+)'/g;
  const keys = new Set([...parser.matchAll(getters)].map(([, direct, address]) => direct ?? address));
  expect(keys.size).toBeGreaterThan(20);
  expect([...keys].filter((key) => !new RegExp(`^[# -]*${String(key)}:`, 'm').test(commentedConfiguration))).toEqual(
    [],
  );
});
