import { describe, expect, it } from 'vitest';
import { Bell, unlessAborted } from './bell.js';

const never = new AbortController().signal;

describe('Bell', () => {
  it('wakes everyone who waits, once', async () => {
    const bell = new Bell();
    const both = Promise.all([bell.wait(never), bell.wait(never)]);
    bell.ring();
    await both;
    await expect(Promise.race([bell.wait(never).then(() => 'woken'), Promise.resolve('asleep')])).resolves.toBe(
      'asleep',
    );
  });

  it('wakes at the latest after the time given', async () => {
    await expect(new Bell().wait(never, 5)).resolves.toBeUndefined();
    await expect(new Bell().wait(never, -5)).resolves.toBeUndefined();
  });

  it('fails with the reason of the signal', async () => {
    const stop = new AbortController();
    const waiting = new Bell().wait(stop.signal);
    stop.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await expect(new Bell().wait(stop.signal)).rejects.toThrow('over');
  });
});

describe('unlessAborted', () => {
  it('is what the promise comes to', async () => {
    await expect(unlessAborted(Promise.resolve(7), never)).resolves.toBe(7);
    await expect(unlessAborted(Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  });

  it('does not wait for a promise that hangs', async () => {
    const stop = new AbortController();
    const hanging = unlessAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('over'));
    await expect(hanging).rejects.toThrow('over');
  });
});
