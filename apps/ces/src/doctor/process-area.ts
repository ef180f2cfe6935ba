import { defaultPorts } from '#platform/settings';
import { z } from 'zod';
import { type Answer, type CheckDescription, type Examination } from './examination.js';

/** What `/readyz` answers (libs/platform, HealthReport). */
const report = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), state: z.string(), reason: z.string().optional() })),
});

export interface ProcessQuestions {
  /** Of the API: CES_API_URL. */
  readonly apiUrl: string;
  /** Of other processes that the caller names. */
  readonly named: readonly string[];
}

/** Whether the processes that can be reached from here are ready. */
export async function examineProcesses(examination: Examination, { apiUrl, named }: ProcessQuestions): Promise<void> {
  const guessed = (['watcher', 'projector', 'worker'] as const).map((app) => ({
    url: `http://127.0.0.1:${defaultPorts[app]}`,
    description: describe(app, 'See its log.'),
    isNamed: false,
  }));
  const api = { url: apiUrl, description: describe('api', 'See its log.'), isNamed: false };
  const others = named.map((url) => ({ url, description: describe(url, 'See its log.'), isNamed: true }));
  for (const { url, description, isNamed } of [api, ...guessed, ...others]) {
    await examination.check(description, (signal) => readiness(url, isNamed, description, signal));
  }
}

async function readiness(
  url: string,
  isNamed: boolean,
  { remedy }: CheckDescription,
  signal: AbortSignal,
): Promise<Answer<never>> {
  const response = await fetch(`${url}/readyz`, { signal }).catch(() => null);
  if (response === null) {
    const found = `Nothing answers at ${url}.`;
    if (isNamed)
      return { state: 'failed', found, remedy: 'See whether it runs, and can be reached from here.', code: 3 };
    return { state: 'skipped', found: `${found} If it runs elsewhere, name it with --process.` };
  }
  const parsed = report.safeParse(await response.json().catch(() => null));
  if (!parsed.success) {
    return { state: 'failed', found: `${url}/readyz is not the answer of a process of CES.`, remedy, code: 3 };
  }
  const { ready, checks } = parsed.data;
  const trouble = checks.filter(({ state }) => state !== 'ready').map(({ name, reason = '' }) => `${name}: ${reason}`);
  if (!ready) return { state: 'failed', found: `Not ready. ${trouble.join('; ')}`, remedy, code: 1 };
  return trouble.length === 0
    ? { state: 'ok', found: `ready (${url})` }
    : { state: 'warning', found: trouble.join('; '), remedy };
}

function describe(check: string, remedy: string): CheckDescription {
  return { check, meaning: 'A process that is not ready does not do its part, and says why.', remedy };
}
