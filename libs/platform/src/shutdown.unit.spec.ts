import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '#testing/wait-for';
import { silentLogger } from './logger.js';
import { SettingsError } from './settings-error.js';
import { type Lifetime, runUntilSignal } from './shutdown.js';

/** Stands for the process: takes signals, and remembers with which codes it was told to exit. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

let fake: FakeProcess;
let stopped: string[];

beforeEach(() => {
  fake = new FakeProcess();
  stopped = [];
});

function run(start: (lifetime: Lifetime) => Promise<void> | void, deadline = 5_000): Promise<void> {
  return runUntilSignal({
    logger: silentLogger,
    start: async (lifetime) => {
      await start(lifetime);
    },
    deadline,
    process: fake,
  });
}

const twoParts = (lifetime: Lifetime) => {
  lifetime.onStop('database', () => {
    stopped.push('database');
  });
  lifetime.onStop('server', async () => {
    await Promise.resolve();
    stopped.push('server');
  });
};

test.each(['SIGTERM', 'SIGINT'])('%s stops the parts, the last one first, and exits with 0', async (signal) => {
  const running = run(twoParts);
  fake.emit(signal, signal);
  await running;
  expect([stopped, fake.exits]).toEqual([['server', 'database'], [0]]);
});

test('the signal of the lifetime is aborted when the stop begins', async () => {
  let aborted: boolean | undefined;
  const running = run((lifetime) => {
    lifetime.onStop('part', () => {
      aborted = lifetime.signal.aborted;
    });
  });
  fake.emit('SIGTERM', 'SIGTERM');
  await running;
  expect(aborted).toBe(true);
});

test('an app may end itself', async () => {
  await run((lifetime) => {
    twoParts(lifetime);
    lifetime.end(0);
  });
  expect([stopped, fake.exits]).toEqual([['server', 'database'], [0]]);
});

test('a start that fails stops what had started, and exits with 1', async () => {
  await run((lifetime) => {
    twoParts(lifetime);
    throw new Error('port in use');
  });
  expect([stopped, fake.exits]).toEqual([['server', 'database'], [1]]);
});

test('a start that finds a setting that cannot be used exits with 2', async () => {
  await run(() => {
    throw new SettingsError('CES_CONFIG', 'names no readable file', 'Set it to the path of ces-conf.yaml.');
  });
  expect(fake.exits).toEqual([2]);
});

test.each(['unhandledRejection', 'uncaughtException'])('%s stops the parts, and exits with 1', async (event) => {
  const running = run(twoParts);
  fake.emit(event, new Error('bug'));
  await running;
  expect([stopped, fake.exits]).toEqual([['server', 'database'], [1]]);
});

test('a part that does not stop cleanly does not keep the others, and the exit code is 1', async () => {
  const running = run((lifetime) => {
    twoParts(lifetime);
    lifetime.onStop('worker', () => Promise.reject(new Error('stuck')));
  });
  fake.emit('SIGTERM', 'SIGTERM');
  await running;
  expect([stopped, fake.exits]).toEqual([['server', 'database'], [1]]);
});

test('when the deadline passes, or a second signal comes, the process exits with 1 at once', async () => {
  const hanging = (lifetime: Lifetime) => {
    lifetime.onStop('worker', () => new Promise(() => undefined));
  };
  void run(hanging, 1);
  fake.emit('SIGTERM', 'SIGTERM');
  await waitFor(() => {
    expect(fake.exits).toEqual([1]);
  });

  fake = new FakeProcess();
  void run(hanging);
  fake.emit('SIGINT', 'SIGINT');
  fake.emit('SIGINT', 'SIGINT');
  expect(fake.exits).toEqual([1]);
});
