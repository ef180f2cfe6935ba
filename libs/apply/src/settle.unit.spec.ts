import { type JsonObject } from '#core/json';
import { systemClock } from '#platform/clock';
import { type AttemptOutcome, type OpenAttempt } from '#project/ports/apply-log';
import { desiredRule } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { type TaskAnswer } from './domain/classify.js';
import { settle } from './settle.js';

const leftOut = { cluster: 'k8s', uid: 'rule-1', reason: 'LayoutLimit', message: 'AS3 3.31.0 knows no protocol sctp' };
const open: OpenAttempt = {
  id: 7,
  version: 3,
  tenant: 'shop',
  purpose: 'change',
  position: 5,
  digest: 'digest',
  rules: [desiredRule()],
  heldBack: [leftOut],
  declaration: { class: 'Tenant' },
  epoch: 1,
  task: 'task-1',
  begunAt: new Date('2026-01-01T00:00:00Z'),
};

/** What an attempt is concluded with when the device answers so. */
async function settled(
  answers: { task: TaskAnswer; held?: 'same' | 'different'; before?: 'same' | 'different'; removed?: boolean },
  tenant = 'shop',
  purpose: OpenAttempt['purpose'] = 'change',
): Promise<AttemptOutcome[]> {
  const outcomes: AttemptOutcome[] = [];
  const device = {
    task: () => Promise.resolve(answers.task),
    dryRun: (_tenant: string, request: JsonObject) =>
      Promise.resolve((JSON.stringify(request).includes('of before') ? answers.before : answers.held) ?? 'different'),
    stored: () =>
      Promise.resolve(
        answers.removed === true ? null : { body: { class: 'Tenant', remark: 'of before' }, lockKey: 'key' },
      ),
  };
  const log = {
    conclude: (_lease: unknown, _attempt: number, outcome: AttemptOutcome) => {
      outcomes.push(outcome);
      return Promise.resolve();
    },
  };
  const tools = { device, log, clock: systemClock, schemaVersion: '3.56.0' };
  await settle(
    { ...open, tenant, purpose },
    { device: 'bigip', holder: 'worker-2', epoch: 2 },
    tools,
    new AbortController().signal,
  );
  return outcomes;
}

const success = { tenant: 'shop', code: 200, message: 'success', response: null };

describe('promise 7: an attempt whose outcome was unknown', () => {
  it('that AS3 carried out is applied, all but what was left out of it in the first place', async () => {
    const outcome = await settled({ task: { type: 'over', results: [success], declaration: null } });
    expect(outcome).toMatchObject([{ type: 'applied', heldBack: [leftOut] }]);
  });

  it('whose task is gone is applied when the device holds what was declared', async () => {
    const outcome = await settled({ task: { type: 'unknown' }, held: 'same' });
    expect(outcome).toMatchObject([{ type: 'applied', effectiveFrom: open.begunAt, heldBack: [leftOut] }]);
  });

  it('whose task is gone is refused when the device holds something else', async () => {
    expect(await settled({ task: { type: 'unknown' } })).toMatchObject([{ type: 'refused', permanent: false }]);
  });

  it.each([
    ['is applied when AS3 knows no such tenant any more', null, { type: 'applied' }],
    ['is not when AS3 still stores it', 'stored', { type: 'refused', reason: 'NotApplied', permanent: false }],
  ])('of a removal whose task is gone %s', async (_, stored, outcome) => {
    const task = { type: 'unknown' } as const;
    expect(await settled({ task, held: 'different', removed: stored === null }, 'shop', 'removal')).toMatchObject([
      outcome,
    ]);
  });

  it('that the device refused is refused for good', async () => {
    const results = [{ ...success, code: 422, message: 'declaration failed', response: '01070734:3: no' }];
    const outcome = await settled({ task: { type: 'over', results, declaration: null } });
    expect(outcome).toMatchObject([{ type: 'refused', reason: 'Refused', permanent: true }]);
    expect(outcome[0]).not.toHaveProperty('taken');
  });

  const common = { ...success, tenant: 'Common' };
  const refusal = { ...common, code: 422, message: 'declaration failed', response: '01070734:3: no' };

  it.each([
    ['the additions, when the second transaction was refused', [common, refusal], 'additions'],
    ['all of it, when only the first was refused', [refusal, common], 'all'],
  ])('in Common leaves %s', async (_what, results, part) => {
    const outcome = await settled({ task: { type: 'over', results, declaration: null } }, 'Common');
    expect(outcome).toMatchObject([{ type: 'refused', permanent: true, taken: { part } }]);
  });

  it.each([
    ['nothing, when both transactions were refused', [refusal, refusal]],
    ['nothing, when the first had nothing to do', [{ ...common, message: 'no change' }, refusal]],
  ])('in Common leaves %s', async (_what, results) => {
    const [outcome] = await settled({ task: { type: 'over', results, declaration: null } }, 'Common');
    expect(outcome).not.toHaveProperty('taken');
  });

  it('in Common may have left something, when the device holds neither what was declared nor what AS3 stored', async () => {
    const unknown = { type: 'unknown' } as const;
    expect(await settled({ task: unknown, before: 'different' }, 'Common')).toMatchObject([
      { type: 'refused', permanent: false, taken: { part: 'additions', effectiveFrom: open.begunAt } },
    ]);
    expect((await settled({ task: unknown, before: 'same' }, 'Common'))[0]).not.toHaveProperty('taken');
  });
});
