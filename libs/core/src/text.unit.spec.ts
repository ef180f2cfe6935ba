import { expect, it } from 'vitest';
import { shortened } from './text.js';

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc…'],
  ['ab😀', 3, 'ab…'],
])('%s has at most %i characters', (text, most, short) => {
  expect(shortened(text, most)).toBe(short);
});
