import { type AcceptedDestination } from '#core/desired';
import { type RuleSpec } from '#core/rule';

/** What a denial falls back to when it, or one of its external services, cannot be understood any more (promise 1). */
export interface RuleMemory {
  /** The last spec that was understood as a whole. */
  readonly spec: RuleSpec;
  /** By external service: what was declared of the pair last. */
  readonly forms: Readonly<Record<string, RememberedForm>>;
}

export interface RememberedForm {
  readonly destination: AcceptedDestination;
  /** Whether all of the external service was understood; if not, anything newer that is understood takes its place. */
  readonly complete: boolean;
}
