import { describe, expect, it } from 'vitest';
import { anySignal } from './any-signal.js';

describe('anySignal', () => {
  it('is aborted with the reason of the signal that is aborted first', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = anySignal([one.signal, other.signal]);
    expect(signal.aborted).toBe(false);
    other.abort('other');
    one.abort('one');
    expect(signal.reason).toBe('other');
  });

  it('is aborted at once when one of them is', () => {
    const { signal } = anySignal([new AbortController().signal, AbortSignal.abort('before')]);
    expect(signal.reason).toBe('before');
  });

  it('follows nobody after its release', () => {
    const source = new AbortController();
    const { signal, release } = anySignal([source.signal]);
    release();
    source.abort();
    expect(signal.aborted).toBe(false);
  });
});
