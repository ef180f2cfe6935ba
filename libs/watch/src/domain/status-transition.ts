import { type Condition, type RulePhase, type RuleStatus } from '#core/status';

/** Something about a rule that its owner should hear of; one Kubernetes Event. */
export interface Transition {
  readonly severity: 'Normal' | 'Warning';
  /** CamelCase, for machines: a condition's reason, or a phase. */
  readonly reason: string;
  /** For people. */
  readonly note: string;
}

/**
 * What changed from the status written last (null: none yet) to the next one: a transition for each condition whose
 * status or reason is another, or one for the phase when it alone changed. A new message, count or version is none.
 */
export function transitions(previous: RuleStatus | null, next: RuleStatus): readonly Transition[] {
  const changed = next.conditions.filter((condition) => isTransition(previous, condition));
  const phase = previous?.phase === next.phase ? '' : phaseNote(previous?.phase ?? null, next.phase);
  if (changed.length === 0) {
    return phase === '' ? [] : [{ severity: phaseSeverity(next.phase), reason: next.phase, note: phase }];
  }
  return changed.map((condition, index) => ({
    severity: conditionSeverity(condition, next.phase),
    reason: condition.reason,
    note: [condition.message, index === changed.length - 1 ? phase : '']
      .filter((sentence) => sentence !== '')
      .join(' '),
  }));
}

function isTransition(previous: RuleStatus | null, condition: Condition): boolean {
  const before = previous?.conditions.find((candidate) => candidate.type === condition.type);
  return before?.status !== condition.status || before.reason !== condition.reason;
}

function phaseNote(from: RulePhase | null, to: RulePhase): string {
  return from === null ? `The rule is ${to} now.` : `The rule was ${from} and is ${to} now.`;
}

function phaseSeverity(phase: RulePhase): Transition['severity'] {
  switch (phase) {
    case 'Syncing':
    case 'Success':
    case 'Inactive':
      return 'Normal';
    case 'Failed':
    case 'Quarantined':
      return 'Warning';
  }
}

/** A condition that is not met is a warning, except where the rule only waits for its time or its sources. */
function conditionSeverity(condition: Condition, phase: RulePhase): Transition['severity'] {
  return condition.status === 'False' && phase !== 'Inactive' ? 'Warning' : 'Normal';
}
