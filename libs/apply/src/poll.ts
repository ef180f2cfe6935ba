import { type Clock } from '#core/clock';
import { type TaskAnswer } from './domain/classify.js';
import { type Device } from './ports/device.js';

/** Of the time that a task has taken, so much more may pass before its end is noticed: the device waits meanwhile. */
const overshoot = 1 / 8;

/** Milliseconds between two questions. */
const [soonest, latest] = [50, 1_000];

/** Asks after a task until it is over or unknown: the longer it takes, the more rarely, but at least every second. */
export async function pollTask(
  device: Pick<Device, 'task'>,
  task: string,
  clock: Clock,
  signal: AbortSignal,
  onPending: () => void = () => undefined,
): Promise<Exclude<TaskAnswer, { type: 'pending' }>> {
  for (const begin = clock.monotonic(); ;) {
    const answer = await device.task(task, signal);
    if (answer.type !== 'pending') return answer;
    onPending();
    const elapsed = clock.monotonic() - begin;
    await clock.sleep(Math.min(Math.max(elapsed * overshoot, soonest), latest), signal);
  }
}
