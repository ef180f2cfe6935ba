import { type CompiledTenant } from '#compile/compile-tenant';
import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { canonicalJson, type JsonObject } from '#core/json';
import { definitionOf, ruleKey } from '#project/domain/last-good';
import { type AttemptOutcome, type HeldBackRule, type Purpose, type TenantReport } from '#project/ports/apply-log';
import { type TenantWork } from '#project/ports/desired-state';
import { createHash } from 'node:crypto';
import { failureInResults, type TenantResult } from './classify.js';
import { firstContact, type PartitionContents, type StoredTenant } from './contact.js';
import { type EnforcementFinding, heldBackByEnforcement } from './enforcement.js';
import { type DeviceFailure, failures, reasonOf } from './failures.js';

/**
 * How one tenant goes from dirty to applied. `decide` says what to do next, `evolve` takes in what came of it; between
 * the two lies everything that can fail, and the process may be killed.
 *
 * contact    nothing is known of what AS3 stored; it is read
 * inspect    AS3 does not know the tenant; the partition is looked into, for AS3 would delete what stands there
 * declare    compiled; a declaration is sent (in the rule-lists layout two, where rule lists disappear)
 * await      AS3 works on it under a task
 * enforce    the device holds it; policies that AS3 cannot enforce are looked at, and enforced where nothing is
 * conclude   the outcome is written down
 * over       nothing more to do now
 */
export type TenantApply =
  | (Known & { readonly phase: 'contact' })
  | (Known & { readonly phase: 'inspect' })
  | (Planned & { readonly phase: 'declare' })
  | (Planned & Attempted & { readonly phase: 'await'; readonly task: string })
  | (Planned & Attempted & { readonly phase: 'enforce'; readonly effectiveFrom: Date; readonly effectiveTo: Date })
  | (Planned &
      Attempted & { readonly phase: 'conclude'; readonly outcome: AttemptOutcome; readonly next: AfterConclusion })
  | (Known & { readonly phase: 'over'; readonly result: TenantResultOfApply });

interface Known {
  readonly work: TenantWork;
  readonly takeover: 'hold' | 'automatic';
  /** Declare even if the digest is the one applied: a resync, or a new holder's first one after an open attempt. */
  readonly forced: boolean;
  readonly purpose: Exclude<Purpose, 'interim'>;
  /** What AS3 stored; undefined while unread, null when it does not know the tenant. */
  readonly stored: StoredTenant | null | undefined;
  /** Why the desired rules were refused for good, when `purpose` is `last-good`. */
  readonly refusal: Refusal | null;
  /** How often another writer came in between. */
  readonly merges: number;
}

/** The desired rules, compiled to this digest, were refused for good. */
export interface Refusal {
  readonly digest: string;
  readonly failure: DeviceFailure;
}

interface Planned extends Known {
  readonly compiled: CompiledTenant;
  readonly step: number;
}

interface Attempted {
  readonly attempt: number;
}

type AfterConclusion =
  | { readonly type: 'next-step' }
  | { readonly type: 'contact'; readonly failure: DeviceFailure }
  | { readonly type: 'last-good'; readonly refusal: Refusal }
  | { readonly type: 'over'; readonly result: TenantResultOfApply };

export type TenantResultOfApply =
  | { readonly type: 'applied'; readonly purpose: Purpose; readonly refusal: Refusal | null }
  | { readonly type: 'unchanged'; readonly heldBack: readonly HeldBackRule[] }
  | { readonly type: 'nothing' }
  | { readonly type: 'reported'; readonly report: TenantReport; readonly refusal: Refusal | null }
  /** Something passing: to be tried again, with back-off. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

export type Command =
  | { readonly type: 'read-stored' }
  | { readonly type: 'inspect-partition' }
  | {
      readonly type: 'declare';
      readonly purpose: Purpose;
      readonly body: JsonObject;
      readonly schemaVersion: string;
      readonly digest: string;
      readonly rules: readonly DesiredRule[];
      readonly heldBack: readonly HeldBackRule[];
      readonly lockKey: string | null;
    }
  | { readonly type: 'poll'; readonly attempt: number; readonly task: string }
  | { readonly type: 'enforce'; readonly compiled: CompiledTenant }
  | { readonly type: 'conclude'; readonly attempt: number; readonly outcome: AttemptOutcome };

export type Observation =
  | { readonly type: 'stored'; readonly stored: StoredTenant | null }
  | { readonly type: 'partition'; readonly contents: PartitionContents }
  | { readonly type: 'accepted'; readonly attempt: number; readonly task: string }
  | Ended
  | { readonly type: 'enforced'; readonly findings: readonly EnforcementFinding[] }
  /** A call failed; `attempt` when it was the declaration itself. */
  | { readonly type: 'failed'; readonly failure: DeviceFailure; readonly attempt: number | null }
  | { readonly type: 'concluded' };

/** AS3 is done with a declaration: some time after `from`, at `to` at the latest. */
export interface Ended {
  readonly type: 'ended';
  readonly attempt: number;
  readonly results: readonly TenantResult[];
  /** The tenant as AS3 stored it now, undefined when it did not say. */
  readonly stored: StoredTenant | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** Turns rules into a declaration, in the light of what AS3 stored. */
export type Compile = (
  work: TenantWork,
  rules: readonly DesiredRule[],
  stored: StoredTenant | null,
) => CompiledTenant | null;

export interface StartOptions {
  readonly takeover: 'hold' | 'automatic';
  readonly forced: boolean;
  /** What is known of the stored tenant from our last declaration; undefined when it has to be read. */
  readonly stored: StoredTenant | null | undefined;
  /** A refusal of exactly these rules that is not to be provoked again yet. */
  readonly refusal: Refusal | null;
}

/** Another writer may come in between this often before we step back. */
const mostMerges = 5;

export function start(work: TenantWork, options: StartOptions, compile: Compile): TenantApply {
  const known: Known = {
    work,
    takeover: options.takeover,
    forced: options.forced || work.resync,
    purpose: 'change',
    stored: options.stored,
    refusal: null,
    merges: 0,
  };
  if (known.stored === undefined || (known.stored === null && work.current === null))
    return { ...known, phase: 'contact' };
  return plan(known, compile, options.refusal);
}

/** The next thing to do, null when nothing is left. */
export function decide(apply: TenantApply): Command | null {
  switch (apply.phase) {
    case 'contact':
      return { type: 'read-stored' };
    case 'inspect':
      return { type: 'inspect-partition' };
    case 'declare':
      return declaration(apply);
    case 'await':
      return { type: 'poll', attempt: apply.attempt, task: apply.task };
    case 'enforce':
      return { type: 'enforce', compiled: apply.compiled };
    case 'conclude':
      return { type: 'conclude', attempt: apply.attempt, outcome: apply.outcome };
    case 'over':
      return null;
  }
}

/**
 * The state after an observation.
 * @param refusal what `start` was given, needed once more when the stored tenant had to be read first.
 */
export function evolve(
  apply: TenantApply,
  observation: Observation,
  compile: Compile,
  refusal: StartOptions['refusal'],
): TenantApply {
  switch (observation.type) {
    case 'stored':
      return contacted({ ...known(apply), stored: observation.stored }, null, compile, refusal);
    case 'partition':
      return contacted(known(apply), observation.contents, compile, refusal);
    case 'accepted':
      return { ...planned(apply), phase: 'await', attempt: observation.attempt, task: observation.task };
    case 'ended':
      return ended(planned(apply), observation);
    case 'enforced':
      return enforced(apply, observation.findings);
    case 'failed':
      return failed(apply, observation.failure, observation.attempt);
    case 'concluded':
      return concluded(apply, compile);
  }
}

function contacted(
  state: Known,
  partition: PartitionContents | null,
  compile: Compile,
  refusal: StartOptions['refusal'],
): TenantApply {
  const stored = state.stored ?? null;
  if (stored === null && partition === null) return { ...state, phase: 'inspect' };
  if (state.work.current === null || stored === null) {
    const hold = firstContact(state.work.desired.tenant, stored, partition, state.takeover);
    if (hold !== null) return over(state, { type: 'reported', report: { state: 'failed', ...hold }, refusal: null });
  }
  return plan(state, compile, refusal);
}

/** Compiles, and sees whether anything has to be sent. */
function plan(state: Known, compile: Compile, refusal: StartOptions['refusal']): TenantApply {
  const rules = state.purpose === 'change' ? state.work.desired.rules : (state.work.lastGood ?? []);
  const compiled = compile(state.work, rules, state.stored ?? null);
  if (compiled === null) return over(state, { type: 'nothing' });
  const held = state.work.current?.digest === compiled.digest && !state.forced;
  if (state.purpose === 'change' && !held && refusal?.digest === compiled.digest) {
    return fallBack(state, refusal, compile);
  }
  if (held) {
    return over(
      state,
      state.refusal === null
        ? { type: 'unchanged', heldBack: heldBackByCompiler(compiled) }
        : { type: 'reported', report: refusalReport(state.refusal), refusal: state.refusal },
    );
  }
  return { ...state, phase: 'declare', compiled, step: 0 };
}

/** The desired rules are refused for good: the last good ones go on, with today's addresses, so that withdrawals do. */
function fallBack(state: Known, refusal: Refusal, compile: Compile): TenantApply {
  if (state.work.lastGood === null || state.purpose === 'last-good') {
    return over(state, { type: 'reported', report: refusalReport(refusal), refusal });
  }
  return plan({ ...state, purpose: 'last-good', refusal, forced: halfApplied(state, refusal) }, compile, null);
}

/** Common is applied in two transactions: a refusal of the second leaves the first one's additions behind. */
function halfApplied(state: Known, refusal: Refusal): boolean {
  return state.work.desired.tenant === commonTenant && refusal.failure.kind !== 'schema';
}

function declaration(apply: Planned): Command {
  const last = apply.step === apply.compiled.steps.length - 1;
  const body = apply.compiled.steps[apply.step] ?? apply.compiled.declaration;
  return {
    type: 'declare',
    purpose: last ? apply.purpose : 'interim',
    body,
    schemaVersion: apply.compiled.schemaVersion,
    digest: last ? apply.compiled.digest : createHash('sha256').update(canonicalJson(body)).digest('hex'),
    rules: rulesOf(apply),
    heldBack: heldBackOf(apply),
    lockKey: apply.stored?.lockKey ?? null,
  };
}

function ended(apply: Planned, observation: Ended): TenantApply {
  const failure = failureInResults(observation.results, apply.work.desired.tenant);
  if (failure !== null) {
    // #780 of AS3: an asynchronous 500 leaves open what the device holds. The attempt stays open and is settled.
    if (failures[failure.kind].after === 'settle') return over(known(apply), { type: 'again', failure });
    return refusedBy(apply, observation.attempt, failure);
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

function enforced(apply: TenantApply, findings: readonly EnforcementFinding[]): TenantApply {
  if (apply.phase !== 'enforce') return apply;
  const { effectiveFrom, effectiveTo, ...rest } = apply;
  const last = apply.step === apply.compiled.steps.length - 1;
  const heldBack = [...heldBackOf(apply), ...heldBackByEnforcement(apply.work.desired.rules, findings)];
  const next: AfterConclusion = last
    ? { type: 'over', result: { type: 'applied', purpose: apply.purpose, refusal: apply.refusal } }
    : { type: 'next-step' };
  return { ...rest, phase: 'conclude', outcome: { type: 'applied', effectiveFrom, effectiveTo, heldBack }, next };
}

/** A call failed. Before the declaration went out, and after the device took it, that only means: again later. */
function failed(apply: TenantApply, failure: DeviceFailure, attempt: number | null): TenantApply {
  if (apply.phase === 'declare' && attempt !== null && failures[failure.kind].after !== 'settle') {
    return refusedBy(apply, attempt, failure);
  }
  // Whatever is open stays open in the log, and is settled by whoever comes next.
  return over(known(apply), { type: 'again', failure });
}

function refusedBy(apply: Planned, attempt: number, failure: DeviceFailure): TenantApply {
  const { after } = failures[failure.kind];
  const outcome: AttemptOutcome = {
    type: 'refused',
    reason: reasonOf(failure.kind),
    message: failure.message,
    permanent: after === 'isolate',
  };
  return { ...apply, phase: 'conclude', attempt, outcome, next: afterRefusal(apply, failure, after) };
}

function afterRefusal(
  apply: Planned,
  failure: DeviceFailure,
  after: 'wait' | 'settle' | 'merge' | 'isolate',
): AfterConclusion {
  switch (after) {
    case 'isolate':
      return { type: 'last-good', refusal: { digest: apply.compiled.digest, failure } };
    case 'merge':
      return apply.merges < mostMerges
        ? { type: 'contact', failure }
        : { type: 'over', result: { type: 'again', failure } };
    case 'wait':
    case 'settle':
      return { type: 'over', result: { type: 'again', failure } };
  }
}

function concluded(apply: TenantApply, compile: Compile): TenantApply {
  if (apply.phase !== 'conclude') return apply;
  const state = planned(apply);
  switch (apply.next.type) {
    case 'next-step':
      return { ...state, phase: 'declare', step: apply.step + 1 };
    case 'contact':
      return { ...known(apply), phase: 'contact', stored: undefined, merges: apply.merges + 1 };
    case 'last-good':
      return fallBack(known(apply), apply.next.refusal, compile);
    case 'over':
      return over(known(apply), apply.next.result);
  }
}

/** What is known before the device has answered of the rules that will not be on it as they stand now. */
function heldBackOf(apply: Planned): HeldBackRule[] {
  return [...heldBackByRefusal(apply), ...heldBackByCompiler(apply.compiled)];
}

/** The rules that are not on the device as they stand now, because the last good ones are. */
function heldBackByRefusal(apply: Planned): HeldBackRule[] {
  if (apply.purpose !== 'last-good' || apply.refusal === null) return [];
  const { message, kind } = apply.refusal.failure;
  const good = new Map((apply.work.lastGood ?? []).map((rule) => [ruleKey(rule), definitionOf(rule)]));
  return apply.work.desired.rules
    .filter((rule) => good.get(ruleKey(rule)) !== definitionOf(rule))
    .map(({ cluster, uid }) => ({ cluster, uid, reason: reasonOf(kind), message }));
}

function heldBackByCompiler(compiled: CompiledTenant): HeldBackRule[] {
  return compiled.leftOut.map(({ cluster, uid, problem }) => ({ cluster, uid, ...problem }));
}

function refusalReport({ failure }: Refusal): TenantReport {
  return { state: 'failed', reason: reasonOf(failure.kind), message: failure.message };
}

function rulesOf(apply: Known): readonly DesiredRule[] {
  return apply.purpose === 'change' ? apply.work.desired.rules : (apply.work.lastGood ?? []);
}

function over(state: Known, result: TenantResultOfApply): TenantApply {
  return { ...state, phase: 'over', result };
}

function known(apply: Known): Known {
  const { work, takeover, forced, purpose, stored, refusal, merges } = apply;
  return { work, takeover, forced, purpose, stored, refusal, merges };
}

function planned(apply: TenantApply): Planned {
  if (!('compiled' in apply)) throw new Error(`a tenant in the phase "${apply.phase}" has no plan`);
  return { ...known(apply), compiled: apply.compiled, step: apply.step };
}
