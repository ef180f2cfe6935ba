import { type DeclaredRule } from '#core/desired';
import { canonicalJson } from '#core/json';
import { type AttemptOutcome, type Taken } from '#project/ports/apply-log';
import { type TakeoverFinding } from '#project/ports/takeover';
import { type TenantWork } from '#project/ports/desired-state';
import { createHash } from 'node:crypto';
import {
  type Aim,
  type AfterConclusion,
  type Command,
  type Compile,
  type Ended,
  type Failed,
  type Known,
  type Observation,
  type Planned,
  type TenantApply,
} from './apply-state.js';
import { failureInResults } from './classify.js';
import { firstContact, type Hold, type PartitionContents, type StoredTenant } from './contact.js';
import { type EnforcementFinding, heldBackByEnforcement } from './enforcement.js';
import { type DeviceFailure, failures, refused, unsuccessful } from './failures.js';
import { fallBack, intentionOf, isGroundwork, known, layGroundwork, over, plan, refusalReport } from './plan.js';
import { rulesInBetween } from './rules-in-between.js';
import { takenPart } from './taken-parts.js';
import {
  afterRefusedTrial,
  afterTakenTrial,
  type Isolation,
  needsGroundwork,
  type Refusal,
} from './tenant-isolation.js';

export interface StartOptions {
  readonly aim: Aim;
  readonly takeover: 'hold' | 'automatic';
  readonly forced: boolean;
  /** What is known of the stored tenant from our last declaration; undefined when it has to be read. */
  readonly stored: StoredTenant | null | undefined;
  /** A refusal of exactly these rules that is not to be provoked again yet. */
  readonly refusal: Refusal | null;
  /** What has been found out already about which rule is refused. */
  readonly isolation: Isolation | null;
}

/** Another writer may come in between this often before we step back. */
const mostMerges = 5;

export function start(work: TenantWork, options: StartOptions, compile: Compile): TenantApply {
  const state: Known = {
    work,
    aim: options.aim,
    takeover: options.takeover,
    forced: options.forced || work.resync !== null,
    held: work.current?.digest ?? null,
    taken: work.taken,
    standing: work.current?.rules ?? [],
    stored: options.stored,
    remembered: options.refusal,
    refusal: null,
    isolation: options.isolation,
    merges: 0,
  };
  if (isObserving(work) || state.stored === undefined || waitsForApproval(state)) return { ...state, phase: 'contact' };
  return plan(state, compile);
}

/** The next thing to do, null when nothing is left. */
export function decide(apply: TenantApply): Command | null {
  switch (apply.phase) {
    case 'contact':
      return { type: 'read-stored' };
    case 'inspect':
      return { type: 'inspect-partition' };
    case 'survey':
      return { type: 'survey', hold: apply.hold, compiled: apply.compiled, objects: apply.objects };
    case 'probe':
      return { type: 'probe', body: bodyOf(apply), schemaVersion: apply.compiled.schemaVersion };
    case 'declare':
      return declaration(apply);
    case 'await':
      return {
        ...{ type: 'poll', attempt: apply.attempt, task: apply.task },
        ...{ body: bodyOf(apply), schemaVersion: apply.compiled.schemaVersion },
      };
    case 'enforce':
      return { type: 'enforce', compiled: apply.compiled };
    case 'conclude':
      return { type: 'conclude', attempt: apply.attempt, outcome: apply.outcome };
    case 'over':
      return null;
  }
}

/** The state after an observation. */
export function evolve(apply: TenantApply, observation: Observation, compile: Compile): TenantApply {
  switch (observation.type) {
    case 'stored':
      return contacted({ ...known(apply), stored: observation.stored }, null, compile);
    case 'partition':
      return contacted(known(apply), observation.contents, compile);
    case 'surveyed':
      return afterSurvey(apply, observation.finding, compile);
    case 'probed':
      return probed(planned(apply), observation.failure, observation.at, compile);
    case 'accepted':
      return { ...planned(apply), phase: 'await', attempt: observation.attempt, task: observation.task };
    case 'ended':
      return ended(planned(apply), observation);
    case 'enforced':
      return enforced(apply, observation.findings);
    case 'failed':
      return failed(apply, observation);
    case 'concluded':
      return concluded(apply, compile);
  }
}

function contacted(state: Known, partition: PartitionContents | null, compile: Compile): TenantApply {
  const stored = state.stored ?? null;
  if (stored === null && partition === null && state.taken.length === 0) return { ...state, phase: 'inspect' };
  if (isObserving(state.work)) return surveyed(state, observing, partition?.objects ?? [], compile);
  // What the device took of a refused declaration is ours, though AS3 does not know it.
  if (state.taken.length === 0 && (state.work.current === null || stored === null)) {
    const hold = firstContact(state.work.desired.tenant, stored, partition, state.takeover);
    if (hold !== null) return surveyed(state, hold, partition?.objects ?? [], compile);
  }
  return plan(state, compile);
}

/** Before our first declaration it is asked in each pass whether the tenant may be touched. */
function waitsForApproval({ work, stored, takeover }: Known): boolean {
  if (work.current !== null) return false;
  return stored == null || firstContact(work.desired.tenant, stored, null, takeover) !== null;
}

/** Nothing is ever written then: no tenant comes further than to a comparison. */
function isObserving({ desired }: TenantWork): boolean {
  return desired.configurations.some(({ observe }) => observe);
}

const observing: Hold = {
  reason: 'Observing',
  message:
    'CES only observes (`observe: true` in ces-conf.yaml); `ces takeover` shows what it would change. Nothing is written to the device.',
};

/** What is shown, and approved, is all that is desired: where there is nothing to declare, or less than that, it just waits. */
function surveyed(state: Known, hold: Hold, objects: readonly string[], compile: Compile): TenantApply {
  const isWhole = state.aim === 'whole' || state.aim === 'move';
  const compiled = isWhole ? compile(state.work, state.work.desired.rules, state.stored ?? null) : null;
  if (compiled === null) return over(state, { type: 'reported', report: { state: 'failed', ...hold }, refusal: null });
  return { ...state, phase: 'survey', hold, compiled, objects };
}

/** An approval is of what was shown: where it has changed since, it has to be approved anew. */
function afterSurvey(apply: TenantApply, finding: TakeoverFinding, compile: Compile): TenantApply {
  if (apply.phase !== 'survey') return apply;
  const { hold } = apply;
  if (hold.reason !== 'Observing' && apply.work.takeover.approved === finding.digest)
    return plan(known(apply), compile);
  return over(apply, { type: 'held', hold, finding });
}

function declaration(apply: Planned): Command {
  const body = bodyOf(apply);
  const { heldBack, compiled } = apply;
  return {
    type: 'declare',
    purpose: isLastStep(apply) ? apply.purpose : 'interim',
    body,
    schemaVersion: compiled.schemaVersion,
    digest: digestOf(apply),
    rules: rulesOnDevice(apply),
    heldBack,
    lockKey: apply.stored?.lockKey ?? null,
  };
}

function bodyOf({ compiled, step }: Planned) {
  return compiled.steps[step] ?? compiled.declaration;
}

function digestOf(apply: Planned): string {
  if (isLastStep(apply)) return apply.compiled.digest;
  return createHash('sha256')
    .update(canonicalJson(bodyOf(apply)))
    .digest('hex');
}

/** The rules that stand on the device once this step is applied. */
function rulesOnDevice({ standing, rules, compiled, step }: Planned): readonly DeclaredRule[] {
  return step < compiled.narrowedSteps ? rulesInBetween(standing, rules) : rules;
}

function nextStep(apply: Planned): Planned {
  return { ...apply, held: digestOf(apply), taken: [], standing: rulesOnDevice(apply), step: apply.step + 1 };
}

function isLastStep({ compiled, step }: Planned): boolean {
  return step === compiled.steps.length - 1;
}

function probed(apply: Planned, failure: DeviceFailure | null, at: Date, compile: Compile): TenantApply {
  const { isolation, intention } = apply;
  if (isolation === null || intention === null) throw new Error('only a trial is probed');
  if (failure === null) {
    return over(apply, { type: 'isolating', isolation: afterTakenTrial(isolation, intention) });
  }
  const next = isolated(apply, failure, null, at);
  return next === null
    ? fallBack(known(apply), refusalOf(apply, failure), compile)
    : afterIsolation(known(apply), next, compile);
}

function ended(apply: Planned, observation: Ended): TenantApply {
  const failure = failureInResults(observation.results, apply.work.desired.tenant);
  if (failure !== null) {
    // #780 of AS3: an asynchronous 500 leaves open what the device holds. The attempt stays open and is settled.
    if (failures[failure.kind].after === 'settle') return over(known(apply), { type: 'again', failure });
    return refusedBy(apply, observation, failure, takenOf(apply, observation));
  }
  return {
    ...apply,
    phase: 'enforce',
    stored: observation.stored,
    attempt: observation.attempt,
    effectiveFrom: observation.from,
    effectiveTo: observation.to,
  };
}

function takenOf(apply: Planned, { results, from: effectiveFrom, to: effectiveTo }: Ended): Taken | null {
  const part = takenPart(results, apply.work.desired.tenant);
  return part === null ? null : { part, effectiveFrom, effectiveTo };
}

function enforced(apply: TenantApply, findings: readonly EnforcementFinding[]): TenantApply {
  if (apply.phase !== 'enforce') return apply;
  const { effectiveFrom, effectiveTo, ...rest } = apply;
  const heldBack = [...apply.heldBack, ...heldBackByEnforcement(apply.work.desired.rules, findings)];
  const outcome: AttemptOutcome = { type: 'applied', effectiveFrom, effectiveTo, heldBack };
  return { ...rest, phase: 'conclude', outcome, next: afterSuccess(apply) };
}

function afterSuccess(apply: Planned): AfterConclusion {
  const { isolation, intention, purpose, refusal } = apply;
  if (!isLastStep(apply)) return { type: 'next-step' };
  if (purpose === 'isolation' && isolation !== null && intention !== null) {
    return { type: 'over', result: { type: 'isolating', isolation: afterTakenTrial(isolation, intention) } };
  }
  return { type: 'over', result: { type: 'applied', purpose, refusal } };
}

/** A call failed. Before the declaration went out, and after the device took it, that only means: again later. */
function failed(apply: TenantApply, { failure, attempt, at }: Failed): TenantApply {
  if (apply.phase === 'declare' && attempt !== null && failures[failure.kind].after !== 'settle') {
    return refusedBy(apply, { attempt, to: at }, failure, null);
  }
  // Whatever is open stays open in the log, and is settled by whoever comes next.
  return over(known(apply), { type: 'again', failure });
}

function refusedBy(
  apply: Planned,
  { attempt, to }: Pick<Ended, 'attempt' | 'to'>,
  failure: DeviceFailure,
  taken: Taken | null,
): TenantApply {
  const next = afterRefusal(apply, failure, attempt, to);
  const isolating = next.type === 'isolate' ? { isolating: true } : {};
  const outcome: AttemptOutcome =
    taken === null ? { ...unsuccessful(failure), ...isolating } : { ...refused(failure), ...isolating, taken };
  const tookNow = taken === null ? [] : [{ part: taken.part, declaration: bodyOf(apply), rules: rulesOnDevice(apply) }];
  return { ...apply, phase: 'conclude', attempt, outcome, next, taken: [...apply.taken, ...tookNow] };
}

function afterRefusal(apply: Planned, failure: DeviceFailure, attempt: number, at: Date): AfterConclusion {
  const { after } = failures[failure.kind];
  switch (after) {
    case 'isolate': {
      const isolation = isolated(apply, failure, attempt, at);
      if (isolation !== null) return { type: 'isolate', isolation };
      const refusal = refusalOf(apply, failure);
      return isGroundwork(apply)
        ? { type: 'over', result: { type: 'reported', report: refusalReport(refusal), refusal } }
        : { type: 'last-good', refusal };
    }
    case 'fall-back':
      return { type: 'last-good', refusal: refusalOf(apply, failure) };
    case 'merge':
      return apply.merges < mostMerges ? { type: 'contact' } : { type: 'over', result: { type: 'again', failure } };
    case 'wait':
    case 'settle':
      return { type: 'over', result: { type: 'again', failure } };
  }
}

/** What is remembered is the refusal of all that is desired. */
function refusalOf({ isolation, refusal, compiled }: Planned, failure: DeviceFailure): Refusal {
  return { digest: refusal?.digest ?? isolation?.refusal.digest ?? compiled.digest, failure };
}

/** Null where isolation does not help. */
function isolated(apply: Planned, failure: DeviceFailure, attempt: number | null, at: Date): Isolation | null {
  if (apply.purpose === 'last-good' || apply.aim === 'put-back' || apply.aim === 'withdrawal') return null;
  const { work, isolation, compiled } = apply;
  const tried = { failure, attempt, at, digest: compiled.digest, body: bodyOf(apply) };
  return afterRefusedTrial(
    { work, stored: apply.stored ?? null, isolation },
    apply.intention ?? intentionOf({ work, isolation }),
    tried,
  );
}

function concluded(apply: TenantApply, compile: Compile): TenantApply {
  if (apply.phase !== 'conclude') return apply;
  const state = known(apply);
  switch (apply.next.type) {
    case 'next-step':
      return { ...nextStep(planned(apply)), phase: 'declare' };
    case 'contact':
      return { ...state, phase: 'contact', stored: undefined, merges: apply.merges + 1 };
    case 'last-good':
      return fallBack(state, apply.next.refusal, compile);
    case 'isolate':
      return afterIsolation(state, apply.next.isolation, compile);
    case 'over':
      return over(state, apply.next.result);
  }
}

function afterIsolation(state: Known, isolation: Isolation, compile: Compile): TenantApply {
  return needsGroundwork(state, isolation)
    ? layGroundwork(state, isolation, compile)
    : over(state, { type: 'isolating', isolation });
}

function planned(apply: TenantApply): Planned {
  if (!('purpose' in apply)) throw new Error(`a tenant in the phase "${apply.phase}" has no plan`);
  const { purpose, compiled, rules, heldBack, intention, step } = apply;
  return { ...known(apply), purpose, compiled, rules, heldBack, intention, step };
}
