import { type Problem } from './problem.js';

/** Syncing: on its way · Success: on the device · Failed: not, see the conditions · Quarantined: held out because the device refuses it · Inactive: out of its schedule, or without sources. */
export const rulePhases = ['Syncing', 'Success', 'Failed', 'Quarantined', 'Inactive'] as const;
export type RulePhase = (typeof rulePhases)[number];

/** `.status` of a rule, as written to Kubernetes. */
export interface RuleStatus {
  readonly phase: RulePhase;
  readonly conditions: readonly Condition[];
  readonly observedGeneration: number;
  /** How many prefixes the rule's source set holds now; absent when its source is everyone. */
  readonly addresses?: number;
  /** The version of the tenant's declaration that the rule is in, 0 before the first. */
  readonly version: number;
}

export interface Condition {
  /** Accepted: the rule was understood. Programmed: the device holds it as it stands. */
  readonly type: 'Accepted' | 'Programmed';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
}

/** What is known of a rule when its status is worked out. */
export interface RuleFacts {
  readonly generation: number;
  /** Whether at least one of its external services is declared as the rule stands now. */
  readonly accepted: boolean;
  readonly problems: readonly Problem[];
  /** Null when the source is everyone. */
  readonly addresses: number | null;
  readonly programming: Programming;
}

/** How far a rule is on its way to the device. */
export type Programming =
  | { readonly state: 'waiting'; readonly version: number; readonly message: string }
  | {
      readonly state: 'programmed';
      readonly version: number;
      /** What was said while the device did not hold the rule any more, because somebody else had changed it there. */
      readonly restored?: string;
    }
  | { readonly state: 'inactive'; readonly version: number; readonly reason: string; readonly message: string }
  /** The device, or our own caution, keeps the tenant or the rule back. */
  | { readonly state: 'failed'; readonly version: number; readonly reason: string; readonly message: string }
  | { readonly state: 'quarantined'; readonly version: number; readonly message: string };

/** The status that follows from the facts. Transition times stay where a condition's status did not change. */
export function nextStatus(previous: RuleStatus | null, facts: RuleFacts, at: Date): RuleStatus {
  const condition = (
    type: Condition['type'],
    status: Condition['status'],
    reason: string,
    message: string,
  ): Condition => {
    const before = previous?.conditions.find((candidate) => candidate.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339Seconds(at);
    return { type, status, reason, message, observedGeneration: facts.generation, lastTransitionTime };
  };
  return {
    phase: phaseOf(facts),
    conditions: [accepted(facts, condition), programmed(facts, condition)],
    observedGeneration: facts.generation,
    ...(facts.addresses === null ? {} : { addresses: facts.addresses }),
    version: facts.programming.version,
  };
}

type MakeCondition = (
  type: Condition['type'],
  status: Condition['status'],
  reason: string,
  message: string,
) => Condition;

function phaseOf(facts: RuleFacts): RulePhase {
  if (!facts.accepted) return 'Failed';
  switch (facts.programming.state) {
    case 'waiting':
      return 'Syncing';
    case 'programmed':
      return facts.problems.some(isFailure) ? 'Failed' : 'Success';
    case 'inactive':
      return 'Inactive';
    case 'failed':
      return 'Failed';
    case 'quarantined':
      return 'Quarantined';
  }
}

/** Problems that only explain, and leave nothing of the rule out. */
const remarks: ReadonlySet<Problem['reason']> = new Set([
  'HostNetworkPods',
  'SharedNamespaceAddresses',
  'NamespacesLeftOut',
  'NoEffectAlone',
  'NoSources',
  'UnknownService',
]);

export function isFailure(problem: Problem): boolean {
  return !remarks.has(problem.reason);
}

function accepted(facts: RuleFacts, condition: MakeCondition): Condition {
  const failures = facts.problems.filter(isFailure);
  const first = failures[0];
  const messages = facts.problems.map((problem) => problem.message).join(' ');
  if (first !== undefined) return condition('Accepted', 'False', first.reason, messages);
  return condition('Accepted', 'True', facts.problems[0]?.reason ?? 'Accepted', messages || 'The rule is understood.');
}

function programmed(facts: RuleFacts, condition: MakeCondition): Condition {
  const { programming } = facts;
  switch (programming.state) {
    case 'waiting':
      return condition('Programmed', 'Unknown', 'Pending', programming.message);
    case 'programmed':
      return facts.accepted
        ? programming.restored === undefined
          ? condition('Programmed', 'True', 'Programmed', `The device holds version ${programming.version}.`)
          : condition('Programmed', 'True', 'Restored', restoredMessage(programming.version, programming.restored))
        : condition(
            'Programmed',
            'False',
            'LeftOut',
            'Nothing of this rule is declared as it stands; see the condition Accepted.',
          );
    case 'inactive':
    case 'failed':
      return condition('Programmed', 'False', programming.reason, programming.message);
    case 'quarantined':
      return condition('Programmed', 'False', 'Quarantined', programming.message);
  }
}

function restoredMessage(version: number, before: string): string {
  return `The device holds version ${version} again. Before: ${before}`;
}

function rfc3339Seconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
