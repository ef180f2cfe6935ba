import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.js';

test('promise 12: a secret does not print, however it is printed', () => {
  const secret = new Secret('hunter2');
  const printed = [
    String(secret),
    secret.toString(),
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: null }),
    inspect({ nested: [secret] }),
    JSON.stringify(Object.entries(secret)),
  ];
  expect(printed.join('\n')).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});
