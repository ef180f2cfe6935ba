import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createHistoriesDatabase, type HistoriesDatabase } from './histories-database.js';
import { PromiseBroken } from './played-history.js';
import { shortened } from './shortened.js';
import { arbitraryHistory, type History } from './steps.js';

/** How long a shorter history in which the same goes wrong is looked for, in milliseconds. */
const shortening = 120_000;

describe('promises 1 to 10 in a history of changes and faults', () => {
  let histories: HistoriesDatabase;

  beforeAll(async () => {
    histories = await createHistoriesDatabase();
  });

  afterAll(async () => {
    await histories.drop();
  });

  it.for(inject('seeds'))('seed %i', async (seed, { signal }) => {
    const [history] = fc.sample(arbitraryHistory, { seed, numRuns: 1 });
    if (history === undefined) throw new Error('no history was drawn');
    const broken = await failureOf(history, signal);
    if (broken === null) return;
    const end = performance.now() + shortening;
    const sameKind = async (candidate: History) => kindOf(await failureOf(candidate, signal)) === kindOf(broken);
    const shortest = await shortened(history, sameKind, () => performance.now() > end);
    expect.fail(told(seed, shortest, (await failureOf(shortest, signal)) ?? broken));
  });

  async function failureOf(history: History, signal: AbortSignal): Promise<Error | null> {
    try {
      await histories.play(history, signal, 'long');
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
});

/** What it was that went wrong, without where. */
function kindOf(failure: Error | null): string | null {
  return failure === null ? null : (/^[^:(0-9]*/.exec(failure.message)?.[0] ?? '');
}

function told(seed: number, history: History, failure: Error): string {
  const { steps, rules, ground, ...rest } = history;
  const lines = [rest, ...ground, ...rules, ...steps].map((each) => `  ${JSON.stringify(each)}`);
  const message = failure instanceof PromiseBroken ? failure.message : (failure.stack ?? failure.message);
  return [message, `Again: npm run test:faults -- --seed ${seed}`, ...lines].join('\n');
}
