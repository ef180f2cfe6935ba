import { type SourceGrant } from '#core/source-set';
import { sameJson } from '#core/same-json';
import { type Grants, noGrants } from './rule-sources.js';
import { type RuleState } from './rule-state.js';

/** How a rule came out of a batch of events. */
export interface RuleChange {
  /** Null for a new rule. */
  readonly before: RuleState | null;
  /** Null for a deleted one. */
  readonly after: RuleState | null;
  readonly opened: readonly SourceGrant[];
  readonly closed: readonly SourceGrant[];
  /** Whether what is to be declared of it changed. */
  readonly declarationChanged: boolean;
}

/** What changed between two states of a rule; null when nothing did. */
export function changeBetween(before: RuleState | null, after: RuleState | null): RuleChange | null {
  const opened = grantsBeyond(after?.grants, before?.grants);
  const closed = grantsBeyond(before?.grants, after?.grants);
  const declarationChanged =
    !sameJson(before?.accepted ?? null, after?.accepted ?? null) || !samePrefixes(before, after);
  const changed = declarationChanged || opened.length + closed.length > 0 || !sameOtherwise(before, after);
  return changed ? { before, after, opened, closed, declarationChanged } : null;
}

/** The grants of one source set that another one lacks, or has with another owner. */
export function grantsBeyond(grants: Grants | undefined, others: Grants | undefined): SourceGrant[] {
  const found: SourceGrant[] = [];
  for (const [key, grant] of grants ?? []) {
    const counterpart = others?.get(key);
    const sameOwner = counterpart?.pod?.uid === grant.pod?.uid && counterpart?.namespace === grant.namespace;
    if (counterpart === undefined || !sameOwner) found.push(grant);
  }
  return found;
}

function samePrefixes(before: RuleState | null, after: RuleState | null): boolean {
  const left = before === null ? noGrants : before.grants;
  const right = after === null ? noGrants : after.grants;
  if (left === null || right === null) return left === right;
  if (left.size !== right.size) return false;
  for (const key of left.keys()) if (!right.has(key)) return false;
  return true;
}

/** Whether all that is kept of a rule, besides what is declared of it, is the same. */
function sameOtherwise(before: RuleState | null, after: RuleState | null): boolean {
  if (before === null || after === null) return before === after;
  return (
    before.object.generation === after.object.generation &&
    before.understood === after.understood &&
    sameJson(before.memory, after.memory) &&
    sameJson(before.formProblems, after.formProblems) &&
    sameJson(before.sourceProblems, after.sourceProblems)
  );
}
