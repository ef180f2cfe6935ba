import { expect, it } from 'vitest';
import { visible } from './visible.js';

it.each([
  ['plain text, with ünïcode and\ttabs\nand lines', 'plain text, with ünïcode and\ttabs\nand lines'],
  ['\u001b[1mbold\u001b[22m, \u001b[31mred\u001b[39m', '\u001b[1mbold\u001b[22m, \u001b[31mred\u001b[39m'],
  ['\u001b[2Jgone', '\\u001b[2Jgone'],
  ['\u001b[8mhidden', '\\u001b[8mhidden'],
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['over\rwritten\u0008', 'over\\u000dwritten\\u0008'],
  ['\u009b2J', '\\u009b2J'],
  ['\u001b[37mwhite on white', '\\u001b[37mwhite on white'],
  ['pay\u200bments\u00ad', 'pay\\u200bments\\u00ad'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['a\u2028b', 'a\\u2028b'],
  ['abc\u202edcba', 'abc\\u202edcba'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

it('leaves JSON what it means', () => {
  const value = { name: 'a\u001b[2J\u009b\u202e' };
  expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
});
