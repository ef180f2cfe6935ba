import { silentLogger } from '#platform/logger';
import { describe, expect, it } from 'vitest';
import { DeviceHints } from './device-hints.js';

/** A queue that takes a hint when the test says so. */
class SlowQueue {
  readonly hinted: string[] = [];
  private readonly waiting: ((error?: Error) => void)[] = [];

  readonly hint = (device: string): Promise<void> => {
    this.hinted.push(device);
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  };

  async answer(error?: Error): Promise<void> {
    this.waiting.shift()?.(error);
    await new Promise(setImmediate);
  }
}

describe('hints at a device', () => {
  it('that come while one is on its way are one more, whatever became of that', async () => {
    const queue = new SlowQueue();
    const hints = new DeviceHints(queue.hint, silentLogger);
    for (let count = 0; count < 5; count += 1) hints.send('bigip');
    expect(queue.hinted).toEqual(['bigip']);
    await queue.answer(new Error('away'));
    expect(queue.hinted).toEqual(['bigip', 'bigip']);
    await queue.answer();
    await hints.idle();
    hints.send('bigip');
    expect(queue.hinted).toHaveLength(3);
  });

  it('do not wait for another device', () => {
    const queue = new SlowQueue();
    const hints = new DeviceHints(queue.hint, silentLogger);
    hints.send('one');
    hints.send('two');
    expect(queue.hinted).toEqual(['one', 'two']);
  });
});
