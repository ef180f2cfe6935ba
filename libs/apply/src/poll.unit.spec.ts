import { type Clock } from '#core/clock';
import { expect, it } from 'vitest';
import { type TaskAnswer } from './domain/classify.js';
import { pollTask } from './poll.js';

/** Polls a task that takes `milliseconds`, in time that only the polling itself spends. */
async function poll(milliseconds: number): Promise<{ noticedAt: number; questions: number }> {
  let now = 0;
  let questions = 0;
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    sleep(wait) {
      now += wait;
      return Promise.resolve();
    },
  };
  const device = {
    task(): Promise<TaskAnswer> {
      questions += 1;
      const over: TaskAnswer = { type: 'over', results: [], declaration: null };
      return Promise.resolve(now >= milliseconds ? over : { type: 'pending' });
    },
  };
  await pollTask(device, 'task', clock, new AbortController().signal);
  return { noticedAt: now, questions };
}

it.each([
  { takes: 0, noticedBy: 0, withQuestions: 1 },
  { takes: 200, noticedBy: 250, withQuestions: 6 },
  { takes: 1_000, noticedBy: 1_125, withQuestions: 20 },
  { takes: 5_000, noticedBy: 5_625, withQuestions: 35 },
  { takes: 60_000, noticedBy: 61_000, withQuestions: 95 },
])('a task of $takes ms is noticed by $noticedBy ms', async ({ takes, noticedBy, withQuestions }) => {
  const { noticedAt, questions } = await poll(takes);
  expect(noticedAt).toBeGreaterThanOrEqual(takes);
  expect(noticedAt).toBeLessThanOrEqual(noticedBy);
  expect(questions).toBeLessThanOrEqual(withQuestions);
});
