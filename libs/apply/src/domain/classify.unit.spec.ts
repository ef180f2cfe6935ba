import { describe, expect, it } from 'vitest';
import { failureInResults, failureOf, readDeclareAnswer, readTaskAnswer } from './classify.js';
import { DeviceFailure } from './failures.js';

const results = (...entries: object[]) => ({ results: entries }) as never;

describe('the answers of AS3', () => {
  it.each([
    [503, { message: 'Configuration operation in progress on device, please try again in 2 minutes' }, 'busy'],
    [422, { code: 422, message: 'declaration is invalid', errors: ['/Common/Shared/x: should be string'] }, 'schema'],
    [401, {}, 'unauthorized'],
    [403, null, 'forbidden'],
    [404, null, 'as3-missing'],
    [413, null, 'too-large'],
    [429, null, 'busy'],
    [503, 'Service Unavailable', 'unavailable'],
    [500, { message: 'java.lang.NullPointerException' }, 'server-error'],
    [418, {}, 'not-understood'],
  ] as const)('tells %i with %j apart as %s', (status, body, kind) => {
    expect(failureOf(status, body).kind).toBe(kind);
  });

  it('takes a 202 as accepted, under its task', () => {
    expect(readDeclareAnswer(202, { id: 'abc-1', results: [{ code: 0, message: 'submitted' }] })).toEqual({
      type: 'accepted',
      task: 'abc-1',
    });
  });

  it('does not wait for a task for which there was no room', () => {
    const answer = readTaskAnswer(200, results({ code: 0, message: 'task cancelled', tenant: '' }));
    expect(answer.type === 'over' && failureInResults(answer.results, 'T')).toMatchObject({ kind: 'busy' });
  });

  it('fault 13: a 202 is no success: without a usable task it is a lost answer', () => {
    expect(() => readDeclareAnswer(202, { id: '../../etc' })).toThrow(expect.objectContaining({ kind: 'answer-lost' }));
  });

  it('reads a 422 of the transaction with the device’s words', () => {
    const answer = readDeclareAnswer(
      422,
      results({ code: 422, message: 'declaration failed', tenant: 'T', response: '01070712:3: bad' }),
    );
    expect(answer).toMatchObject({ type: 'over' });
    expect(answer.type === 'over' && failureInResults(answer.results, 'T')).toMatchObject({
      kind: 'refused',
      detail: 'declaration failed: 01070712:3: bad',
    });
  });

  it('knows the limit of a data group, and another writer, by their words', () => {
    const limit = [
      { tenant: 'T', code: 422, message: 'declaration failed', response: '01070712:3: value too long, max:65520' },
    ];
    const hash = [
      { tenant: 'T', code: 422, message: 'The hash you submitted does not match the hash on BIG-IP', response: null },
    ];
    expect(failureInResults(limit, 'T')?.kind).toBe('metadata-limit');
    expect(failureInResults(hash, 'T')?.kind).toBe('lock-key');
  });

  it('counts both results of Common, and the tenants of a 207 apart', () => {
    const mixed = [
      { tenant: 'Common', code: 200, message: 'success', response: null },
      { tenant: 'Common', code: 422, message: 'declaration failed', response: null },
      { tenant: 'T', code: 200, message: 'no change', response: null },
    ];
    expect(failureInResults(mixed, 'Common')?.kind).toBe('refused');
    expect(failureInResults(mixed, 'T')).toBeNull();
    expect(failureInResults(mixed, 'U')?.kind).toBe('not-understood');
  });

  it('reads a task that is under way, over, or forgotten', () => {
    expect(readTaskAnswer(200, results({ code: 0, message: 'in progress' }))).toEqual({ type: 'pending' });
    expect(readTaskAnswer(200, results({ code: 200, message: 'success', tenant: 'T' }))).toMatchObject({
      type: 'over',
    });
    expect(readTaskAnswer(404, {})).toEqual({ type: 'unknown' });
    expect(() => readTaskAnswer(200, {})).toThrow(DeviceFailure);
  });
});
