import { type Clock } from '#core/clock';
import { type TaskAnswer } from './domain/classify.js';
import { type Device } from './ports/device.js';

/** Asks after a task until it is over or unknown: soon at first, then ever more rarely, at most every second. */
export async function pollTask(
  device: Pick<Device, 'task'>,
  task: string,
  clock: Clock,
  signal: AbortSignal,
  onPending: () => void = () => undefined,
): Promise<Exclude<TaskAnswer, { type: 'pending' }>> {
  for (let wait = 25; ; wait = Math.min(wait * 2, 1_000)) {
    const answer = await device.task(task, signal);
    if (answer.type !== 'pending') return answer;
    onPending();
    await clock.sleep(wait, signal);
  }
}
