import { type AcceptedRule } from '#core/desired';
import { type RuleObject } from '#core/objects';
import { type Problem } from '#core/problem';
import { type RuleFacts } from '#core/status';
import { type RuleMemory } from './accept-rule.js';
import { type Grants } from './rule-sources.js';

/** What is known of one rule: what is to be declared of it, for whom, and what is wrong with it. */
export interface RuleState {
  readonly object: RuleObject;
  /** Null when nothing of it can be declared anywhere; then it has no grants either. */
  readonly accepted: AcceptedRule | null;
  readonly memory: RuleMemory | null;
  readonly understood: boolean;
  readonly formProblems: readonly Problem[];
  readonly sourceProblems: readonly Problem[];
  readonly grants: Grants;
}

/** The facts that a rule's status says, apart from how far it is on its way to the device. */
export function factsOf(state: RuleState): Omit<RuleFacts, 'programming'> {
  return {
    generation: state.object.generation,
    accepted: state.understood,
    problems: [...state.formProblems, ...state.sourceProblems],
    addresses: state.grants === null ? null : state.grants.size,
  };
}
