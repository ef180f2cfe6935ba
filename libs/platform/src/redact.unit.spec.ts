import { describe, expect, test } from 'vitest';
import { redact, redactText } from './redact.js';
import { Secret } from './secret.js';

describe('promise 12: a log shows no secret', () => {
  test.each([
    'password',
    'DB_PASSWORD',
    'clientSecret',
    'X-F5-Auth-Token',
    'Authorization',
    'credentials',
    'privateKey',
  ])('under the key %s, at any depth', (key) => {
    expect(redact({ list: [{ deeper: { [key]: 'hunter2' } }] })).toEqual({
      list: [{ deeper: { [key]: '[redacted]' } }],
    });
  });

  test.each([
    ['postgres://ces:hunter2@db:5432/ces', 'postgres://[redacted]@db:5432/ces'],
    ['connect redis://:hunter2@redis failed', 'connect redis://[redacted]@redis failed'],
    ['Authorization: Basic YWRtaW46aHVudGVyMg==', 'Authorization: Basic [redacted]'],
    ['authorization: bearer eyJhbGciOi.eyJzdWIi.sig-_x', 'authorization: bearer [redacted]'],
    ['host=db password=hunter2 user=ces', 'host=db password=[redacted] user=ces'],
    ['/login?access_token=hunter2&x=1', '/login?access_token=[redacted]&x=1'],
    ['{"username":"admin","password":"hunter2"}', '{"username":"admin","password":"[redacted]"}'],
    [
      '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
      '-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----',
    ],
  ])('inside a text: %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redact({ anything: [text] })).toEqual({ anything: [expected] });
  });

  test('of an error, its cause and its properties', () => {
    const cause = new Error('connect to postgres://ces:hunter2@db failed');
    const error = Object.assign(new Error('no login with password=hunter2', { cause }), {
      code: 'ECONNREFUSED',
      config: { headers: { authorization: 'Basic YWRtaW46aHVudGVyMg==' } },
    });
    const shown = redact({ error });
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|YWRtaW4/);
    expect(shown).toMatchObject({
      error: { type: 'Error', code: 'ECONNREFUSED', cause: { message: 'connect to postgres://[redacted]@db failed' } },
    });
  });

  test('of a Secret, a map, a set and bytes', () => {
    const shown = redact({
      held: new Secret('hunter2'),
      map: new Map([['token', 'hunter2']]),
      set: new Set(['password=hunter2']),
      bytes: Buffer.from('hunter2'),
    });
    expect(shown).toEqual({
      held: '[redacted]',
      map: { token: '[redacted]' },
      set: ['password=[redacted]'],
      bytes: '[7 bytes]',
    });
  });
});

test('what is no secret stays as it is', () => {
  const facts = {
    rule: 'cnn/allow',
    addresses: ['10.1.2.3', '2001:db8::/32'],
    url: 'https://bigip:8443/mgmt/shared/appsvcs/declare/Common',
    at: new Date('2026-11-22T10:00:00Z'),
    tokenPresent: true,
    secret: undefined,
    count: 3,
    message: 'Basic authentication was refused',
  };
  expect(redact(facts)).toEqual({ ...facts, at: '2026-11-22T10:00:00.000Z' });
});

test('cycles, deep structures, long lists and long texts are cut', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(redact(cycle)).toEqual({ self: '[circular]' });

  const deep = Array.from({ length: 50 }).reduce((inner) => ({ inner }), 'end');
  expect(JSON.stringify(redact(deep))).toContain('[too deep]');

  expect(redact(Array.from({ length: 1_000 }, (_, index) => index))).toHaveLength(101);
  expect(redactText('x'.repeat(100_000)).length).toBeLessThan(8_100);
});

test('an object that appears twice is no cycle', () => {
  const shared = { address: '10.1.2.3' };
  expect(redact({ first: shared, second: shared })).toEqual({ first: shared, second: shared });
});
