import { describe, expect, it } from 'vitest';
import { nextStatus, type RuleFacts, type RuleStatus } from '#core/status';
import { transitions } from './status-transition.js';

const facts: RuleFacts = {
  generation: 1,
  accepted: true,
  problems: [],
  addresses: 2,
  programming: { state: 'waiting', version: 0, message: 'It waits for the next declaration.' },
};
const status = (changes: Partial<RuleFacts> = {}, previous: RuleStatus | null = null) =>
  nextStatus(previous, { ...facts, ...changes }, new Date('2026-01-01T00:00:00Z'));
const syncing = status();
const success = status({ programming: { state: 'programmed', version: 3 } });

describe('transitions', () => {
  it('tells of a new rule that it is understood, and on its way', () => {
    expect(transitions(null, syncing)).toEqual([
      { severity: 'Normal', reason: 'Accepted', note: 'The rule is understood.' },
      { severity: 'Normal', reason: 'Pending', note: 'It waits for the next declaration. The rule is Syncing now.' },
    ]);
  });

  it('tells when the device holds it', () => {
    expect(transitions(syncing, success)).toEqual([
      {
        severity: 'Normal',
        reason: 'Programmed',
        note: 'The device holds version 3. The rule was Syncing and is Success now.',
      },
    ]);
  });

  it('warns when the device refuses it', () => {
    const quarantined = status({
      programming: { state: 'quarantined', version: 3, message: '01070734: no such iRule.' },
    });
    expect(transitions(success, quarantined)).toEqual([
      {
        severity: 'Warning',
        reason: 'Quarantined',
        note: '01070734: no such iRule. The rule was Success and is Quarantined now.',
      },
    ]);
  });

  it('warns of each condition that is not met', () => {
    const wrong = status({ accepted: false, problems: [{ reason: 'InvalidAddress', message: '"x" is no address.' }] });
    expect(transitions(null, wrong).map(({ severity, reason }) => `${severity} ${reason}`)).toEqual([
      'Warning InvalidAddress',
      'Normal Pending',
    ]);
  });

  it('does not warn of a rule that only waits for its time', () => {
    const inactive = status({
      programming: { state: 'inactive', version: 3, reason: 'OutOfSchedule', message: 'It begins on Monday.' },
    });
    expect(transitions(success, inactive)).toMatchObject([{ severity: 'Normal', reason: 'OutOfSchedule' }]);
  });

  it('tells of a phase that changed alone', () => {
    expect(transitions(success, { ...success, phase: 'Failed' })).toEqual([
      { severity: 'Warning', reason: 'Failed', note: 'The rule was Success and is Failed now.' },
    ]);
  });

  it('has nothing to tell when only numbers or words changed', () => {
    const more = status({ addresses: 5, programming: { state: 'programmed', version: 4 } });
    expect(transitions(success, more)).toEqual([]);
    expect(transitions(success, success)).toEqual([]);
  });
});
