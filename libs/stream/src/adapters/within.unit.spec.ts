import { describe, expect, it } from 'vitest';
import { BackendTimeoutError, within } from './within.js';

const never = new Promise<never>(() => undefined);

describe('within', () => {
  it('gives what the operation gives', async () => {
    await expect(within(1_000, Promise.resolve(7))).resolves.toBe(7);
    await expect(within(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('ends when the time is over, with the cause that is known', async () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:6379');
    const late = within(1, never, () => cause);
    await expect(late).rejects.toThrow(BackendTimeoutError);
    await expect(late).rejects.toThrow('no answer within 1 ms: connect ECONNREFUSED 127.0.0.1:6379');
    await expect(within(1, never)).rejects.toThrow('no answer within 1 ms');
  });
});
