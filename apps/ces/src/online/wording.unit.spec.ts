import { expect, test } from 'vitest';
import { addressesOf, printable, timeText } from './wording.js';

test('a time is told in UTC, to the second', () => {
  expect(timeText(new Date('2026-03-01T12:00:00.789Z'))).toBe('2026-03-01 12:00:00Z');
});

test('what could steer a terminal, or break a line, becomes a space', () => {
  expect(printable('a\u001b[2Jb\nc\u009bd')).toBe('a [2Jb c d');
});

test.each([
  [3, 'accept', '3'],
  [0, 'accept', '0'],
  [null, 'drop', 'everyone'],
  [null, null, '-'],
] as const)('%s addresses of a rule that says %s are told as %s', (addresses, action, text) => {
  expect(addressesOf({ addresses, action })).toBe(text);
});
