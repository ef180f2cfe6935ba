import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each(['redis://host:6379/0', 'rediss://:p%40ss@host'])('takes %s as one server', (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'server', url });
  });

  it('finds the Sentinels, the master and both pairs of credentials', () => {
    const url = 'rediss+sentinel://ces:p%40ss@one,two:26380,[2001:db8::1]:26381/3?master=ces&sentinelPassword=s%26p';
    expect(parseRedisUrl(url)).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
        { host: '2001:db8::1', port: 26_381 },
      ],
      master: 'ces',
      database: 3,
      tls: true,
      credentials: { username: 'ces', password: 'p@ss' },
      sentinelCredentials: { password: 's&p' },
    });
  });

  it('needs no more than one Sentinel and the name of the master', () => {
    expect(parseRedisUrl('redis+sentinel://one?master=ces')).toMatchObject({
      database: 0,
      tls: false,
      credentials: {},
      sentinelCredentials: {},
    });
  });

  it.each([
    'redis+sentinel://one,two',
    'redis+sentinel://one?master=',
    'redis+sentinel://one,?master=ces',
    'redis+sentinel://one:70000?master=ces',
    'redis+sentinel://one?master=ces&slave=two',
    'redis+sentinel://:%ZZ@one?master=ces',
    'redis+cluster://one',
    'http://one',
    'one:6379',
  ])('does not take %s', (url) => {
    expect(parseRedisUrl(url)).toBeNull();
  });
});
