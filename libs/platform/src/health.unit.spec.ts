import { expect, test } from 'vitest';
import { createHealth } from './health.js';

test('ready when every check is, degraded ones included unless they say otherwise', async () => {
  const health = createHealth();
  health.register('database', () => ({ state: 'ready' }));
  health.register('device', () => ({ state: 'degraded', reason: 'circuit open' }));
  expect(await health.report()).toEqual({
    ready: true,
    checks: [
      { name: 'database', state: 'ready' },
      { name: 'device', state: 'degraded', reason: 'circuit open' },
    ],
  });

  health.register('lease', () => ({ state: 'degraded', reason: 'standby' }), { degradedIsNotReady: true });
  expect(await health.report()).toMatchObject({ ready: false });
});

test('a check that throws or does not answer is not ready, with the reason', async () => {
  const health = createHealth({ probeTimeout: 10 });
  health.register('database', () => Promise.reject(new Error('connection refused')));
  health.register('stream', () => new Promise(() => undefined));
  expect(await health.report()).toEqual({
    ready: false,
    checks: [
      { name: 'database', state: 'not-ready', reason: 'connection refused' },
      { name: 'stream', state: 'not-ready', reason: 'no answer within 10 ms' },
    ],
  });
});

test('a name is given once', () => {
  const health = createHealth();
  health.register('database', () => ({ state: 'ready' }));
  expect(() => {
    health.register('database', () => ({ state: 'ready' }));
  }).toThrow('database');
});
