import { type DeclaredRule } from '#core/desired';
import { type CompiledTenant } from '#compile/compile-tenant';
import { definitionOf, ruleKey } from '#project/domain/last-good';
import { type HeldBackRule, type Purpose, type TenantReport } from '#project/ports/apply-log';
import {
  type Aim,
  type Compile,
  type Known,
  type Planned,
  type TenantApply,
  type TenantResultOfApply,
} from './apply-state.js';
import { reasonOf } from './failures.js';
import { isExhausted } from './isolate.js';
import { hasQuarantine, intend, type Intention } from './quarantine.js';
import { heldTenant } from './taken-parts.js';
import { rulesWithoutLeaving } from './withdrawal.js';
import { afterTakenTrial, changesAtATime, type Isolation, type Refusal } from './tenant-isolation.js';

/** What to declare now, or that nothing has to be. */
export function plan(state: Known, compile: Compile): TenantApply {
  const { work, aim, isolation, remembered } = state;
  if (aim === 'withdrawal') return planWithdrawal(state, compile);
  const intention = isolation !== null || hasQuarantine(work) ? intentionOf(state) : null;
  const rules = intention?.rules ?? work.desired.rules;
  const heldOut = intention?.heldOut ?? [];
  const compiled = compileFor(state, rules, compile);
  if (compiled === null) return over(state, { type: 'nothing', heldBack: heldOut });
  const held = isHeld(state, compiled);
  if (isolation === null && !held && remembered?.digest === compiled.digest)
    return fallBack(state, remembered, compile);
  const whole = intention?.trial.whole ?? true;
  const heldBack = [...heldOut, ...heldBackByCompiler(compiled)];
  if (held && whole) return over(state, { type: 'unchanged', heldBack });
  if (held && isolation !== null && intention !== null) {
    return plan({ ...state, isolation: afterTakenTrial(isolation, intention) }, compile);
  }
  const phase = isolation?.by === 'dry-run' && !whole ? 'probe' : 'declare';
  return {
    ...state,
    phase,
    purpose: whole ? purposeOf(state) : 'isolation',
    compiled,
    rules,
    heldBack,
    intention,
    step: 0,
  };
}

const purposeOfAim = {
  whole: 'change',
  move: 'interim',
  'put-back': 'put-back',
  withdrawal: 'interim',
} as const satisfies Record<Aim, Purpose>;

function purposeOf({ aim, work }: Pick<Known, 'aim' | 'work'>): Planned['purpose'] {
  return aim === 'whole' && work.pin !== null ? 'rollback' : purposeOfAim[aim];
}

/** What stands there, without what leaves. */
function planWithdrawal(state: Known, compile: Compile): TenantApply {
  const { work } = state;
  const rules = rulesWithoutLeaving(state.standing, work.desired.rules);
  const compiled = compileFor(state, rules, compile);
  if (compiled === null) return over(state, { type: 'nothing', heldBack: [] });
  if (isHeld(state, compiled)) return over(state, { type: 'unchanged', heldBack: [] });
  const purpose = purposeOf(state);
  return { ...state, phase: 'declare', purpose, compiled, rules, heldBack: [], intention: null, step: 0 };
}

/** The trial that is made with all that is desired, when nothing is known yet. */
export function intentionOf({ work, isolation }: Pick<Known, 'work' | 'isolation'>): Intention {
  return intend(work, isolation?.search ?? null, changesAtATime(work, isolation));
}

/** Rules without any of the changes: the last good ones, while the one that is refused is being looked for. */
export function layGroundwork(state: Known, isolation: Isolation, compile: Compile): TenantApply {
  const rules = state.work.lastGood ?? [];
  const compiled = compileFor(state, rules, compile);
  const tried = intentionOf({ ...state, isolation });
  if (compiled === null) {
    // Nothing shows that the device takes anything of this tenant.
    const { refusal } = isolation;
    return isExhausted(isolation.search, tried.units)
      ? over(state, { type: 'reported', report: refusalReport(refusal), refusal })
      : over(state, { type: 'isolating', isolation });
  }
  if (isHeld(state, compiled)) {
    return over(state, { type: 'isolating', isolation: { ...isolation, proven: true } });
  }
  const trial = { added: [], whole: false, narrows: tried.trial.narrows };
  return {
    ...state,
    isolation,
    phase: 'declare',
    purpose: 'isolation',
    compiled,
    rules,
    heldBack: tried.heldOut,
    intention: { ...tried, rules, trial },
    step: 0,
  };
}

export function isGroundwork({ intention }: Pick<Planned, 'intention'>): boolean {
  return intention?.trial.added.length === 0;
}

/** The desired rules are refused for good: the last good ones go on, with today's addresses, so that withdrawals do. */
export function fallBack(state: Known, refusal: Refusal, compile: Compile): TenantApply {
  const { work } = state;
  const report = (): TenantApply => over(state, { type: 'reported', report: refusalReport(refusal), refusal });
  if (work.lastGood === null || state.refusal !== null || state.aim === 'withdrawal') return report();
  const compiled = compileFor(state, work.lastGood, compile);
  if (compiled === null || isHeld(state, compiled)) return report();
  const heldBack = [...heldBackByRefusal(state, work.lastGood, refusal), ...heldBackByCompiler(compiled)];
  return {
    ...state,
    refusal,
    isolation: null,
    phase: 'declare',
    purpose: 'last-good',
    compiled,
    rules: work.lastGood,
    heldBack,
    intention: null,
    step: 0,
  };
}

export function over(state: Known, result: TenantResultOfApply): TenantApply {
  return { ...known(state), phase: 'over', result };
}

export function known(apply: Known): Known {
  const { work, aim, takeover, forced, held, taken, standing, stored, remembered, refusal, isolation, merges } = apply;
  return { work, aim, takeover, forced, held, taken, standing, stored, remembered, refusal, isolation, merges };
}

function compileFor({ work, stored, taken }: Known, rules: readonly DeclaredRule[], compile: Compile) {
  return compile(work, rules, heldTenant(stored ?? null, taken));
}

function isHeld({ held, taken, forced }: Known, compiled: CompiledTenant): boolean {
  return held === compiled.digest && taken.length === 0 && !forced;
}

/** The rules that are not on the device as they stand now, because the last good ones are. */
function heldBackByRefusal(
  { work }: Known,
  lastGood: readonly DeclaredRule[],
  { failure: { message, kind } }: Refusal,
): HeldBackRule[] {
  const good = new Map(lastGood.map((rule) => [ruleKey(rule), definitionOf(rule)]));
  return work.desired.rules
    .filter((rule) => good.get(ruleKey(rule)) !== definitionOf(rule))
    .map(({ cluster, uid }) => ({ cluster, uid, reason: reasonOf(kind), message }));
}

function heldBackByCompiler(compiled: CompiledTenant): HeldBackRule[] {
  return compiled.leftOut.map(({ cluster, uid, problem }) => ({ cluster, uid, ...problem }));
}

export function refusalReport({ failure }: Refusal): TenantReport {
  return { state: 'failed', reason: reasonOf(failure.kind), message: failure.message };
}
