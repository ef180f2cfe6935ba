import { type AcceptedRule, type DesiredRule } from '#core/desired';
import { type Programming, type RuleStatus } from '#core/status';
import { sameJson } from '#core/same-json';
import { type EntityManager } from 'typeorm';
import { definitionOf, ruleKey } from '../domain/last-good.js';
import { drifted } from '../domain/drift-message.js';
import { isDrifted, isForDeviceToTell, isSettled, settled, type StoredFacts } from '../domain/programming.js';
import { type HeldBackRule, type TenantReport } from '../ports/apply-log.js';
import { type Pin } from '../ports/desired-state.js';
import { findPin } from './pins.js';
import { type ProgrammedRule, writeProgramming } from './projection/write-programming.js';
import { query } from './sql.js';
import { tenantProgress } from './tenant-progress.js';
import { type TenantScope } from './tenant-scope.js';

/** The device holds the desired rules in a version, all but those held back. */
export function settleRules(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
): Promise<void> {
  return settle(transaction, scope, version, heldBack, ({ programming }) => !isSettled(programming));
}

/** The device holds the desired rules, all but those held back, and nothing had to be sent for it. */
export function settleUnchangedRules(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
): Promise<void> {
  const isToldAlready = (programming: Programming) => isSettled(programming) || isForDeviceToTell(programming);
  return settle(transaction, scope, version, heldBack, ({ programming }) => !isToldAlready(programming));
}

/** The device holds some of the desired rules, as they stand, and the others are still on their way. */
export function settleDeclaredRules(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
  declared: readonly DesiredRule[],
): Promise<void> {
  const isDeclared = asDeclared(declared);
  const isOnDevice = (rule: TenantRule) => rule.accepted !== null && isDeclared(rule);
  return settle(transaction, scope, version, heldBack, (rule) => !isSettled(rule.programming) && isOnDevice(rule));
}

/** What is held back says so; of the others, those that are concerned hold. */
async function settle(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
  isConcerned: (rule: TenantRule) => boolean,
): Promise<void> {
  const held = byKey(heldBack);
  const rules = (await tenantRules(transaction, scope)).filter((rule) => held.has(ruleKey(rule)) || isConcerned(rule));
  await write(transaction, scope, rules, (rule) => failedOrSettled(rule, version, held.get(ruleKey(rule))));
}

/** The device holds the rules of an earlier version: those that are the same today are settled, the others are not. */
export async function settleLastGoodRules(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
  declared: readonly DesiredRule[],
): Promise<void> {
  const held = byKey(heldBack);
  const isDeclared = asDeclared(declared);
  await write(transaction, scope, await tenantRules(transaction, scope), (rule) =>
    failedOrSettled(rule, version, held.get(ruleKey(rule)) ?? (isDeclared(rule) ? undefined : lastGoodInForce)),
  );
}

/** The device holds the rules of the version that the tenant is pinned to: those that are the same today are settled. */
export async function settlePinnedRules(
  transaction: EntityManager,
  scope: TenantScope,
  version: number,
  heldBack: readonly HeldBackRule[],
  declared: readonly DesiredRule[],
): Promise<void> {
  const held = byKey(heldBack);
  const isDeclared = asDeclared(declared);
  const pin = await findPin(transaction, scope.device, scope.tenant);
  await write(transaction, scope, await tenantRules(transaction, scope), (rule) => {
    if (isDeclared(rule)) return failedOrSettled(rule, version, held.get(ruleKey(rule)));
    return failedOrSettled(rule, version, pin === null ? lastGoodInForce : heldByPin(scope.tenant, pin));
  });
}

/** The tenant is not pinned any more: what was held back because of that is on its way. */
export async function releasePinnedRules(transaction: EntityManager, scope: TenantScope): Promise<void> {
  const rules = (await tenantRules(transaction, scope)).filter(isHeldByPin);
  const message = `The tenant "${scope.tenant}" was released; the rule is on its way to the device.`;
  await write(transaction, scope, rules, ({ programming: { version } }) => ({ state: 'waiting', version, message }));
}

/** The tenant's rules that are not on the device as they stand wait, or are kept back, for a reason. */
export async function reportRules(
  transaction: EntityManager,
  scope: TenantScope,
  after: number,
  report: TenantReport,
): Promise<void> {
  const rules = (await tenantRules(transaction, scope)).filter((rule) => rule.changed > after);
  await write(transaction, scope, rules, (rule) => reportedAs(rule, report));
}

/**
 * The device no longer holds these rules as they were applied, and holds those again of which that was said before. What is
 * on its way, or kept back, says so already.
 * @param concerned null for all rules of the tenant.
 */
export async function driftRules(
  transaction: EntityManager,
  scope: TenantScope,
  concerned: readonly { readonly cluster: string; readonly uid: string }[] | null,
  message: string,
): Promise<void> {
  const keys = concerned === null ? null : new Set(concerned.map(ruleKey));
  const isConcerned = (rule: TenantRule) => keys?.has(ruleKey(rule)) ?? true;
  const rules = (await tenantRules(transaction, scope)).filter(
    (rule) => isDrifted(rule.programming) || (isConcerned(rule) && rule.programming.state === 'programmed'),
  );
  await write(transaction, scope, rules, (rule) => {
    const { version } = rule.programming;
    if (!isConcerned(rule)) return settled(version, rule.facts, rule.programming);
    return { state: 'failed', version, reason: drifted, message };
  });
}

/** The device holds again the rules of which the contrary was said. */
export async function restoreRules(transaction: EntityManager, scope: TenantScope, version: number): Promise<void> {
  const rules = (await tenantRules(transaction, scope)).filter(({ programming }) => isDrifted(programming));
  await write(transaction, scope, rules, ({ facts, programming }) => settled(version, facts, programming));
}

/** Whether a report says nothing that the tenant and its rules do not say already. */
export async function isReported(
  transaction: EntityManager,
  device: string,
  tenant: string,
  report: TenantReport,
): Promise<boolean> {
  const { applied, outcome } = await tenantProgress(transaction, device, tenant);
  const { state, reason, message } = report;
  if (!sameJson(outcome, { outcome: state, reason, message })) return false;
  const rules = await tenantRules(transaction, { device, tenant, upTo: Number.MAX_SAFE_INTEGER });
  return rules.every((rule) => rule.changed <= applied || sameJson(rule.programming, reportedAs(rule, report)));
}

function reportedAs({ programming: { version } }: TenantRule, { state, reason, message }: TenantReport): Programming {
  return state === 'waiting' ? { state, version, message } : { state, version, reason, message };
}

/** Tells whether a rule was declared as it stands; one that is not accepted, whether it was left out. */
function asDeclared(declared: readonly DesiredRule[]): (rule: TenantRule) => boolean {
  const definitions = new Map(declared.map((rule) => [ruleKey(rule), definitionOf(rule)]));
  return (rule) =>
    definitions.get(ruleKey(rule)) === (rule.accepted === null ? undefined : definitionOf(rule.accepted));
}

const lastGoodInForce = {
  reason: 'LastGoodRules',
  message: 'The device refused the rules of this tenant as they stand; those of its last good version are in force.',
};

const pinned = 'Pinned';

function heldByPin(tenant: string, { version, since, actor, reason }: Pin): Pick<HeldBackRule, 'reason' | 'message'> {
  const by = `${actor.name} (${actor.origin})`;
  const message =
    `The tenant "${tenant}" has been pinned to the rules of its version ${version} since ${since.toISOString()} ` +
    `by ${by}, because: ${reason} This rule as it stands takes effect after \`ces unpin ${tenant}\`.`;
  return { reason: pinned, message };
}

function isHeldByPin({ programming }: TenantRule): boolean {
  return programming.state === 'failed' && programming.reason === pinned;
}

interface TenantRule {
  readonly cluster: string;
  readonly uid: string;
  readonly facts: StoredFacts;
  readonly status: RuleStatus;
  readonly programming: Programming;
  readonly changed: number;
  readonly accepted: AcceptedRule | null;
}

async function tenantRules(
  transaction: EntityManager,
  { device, tenant, upTo }: Omit<TenantScope, 'at'>,
): Promise<TenantRule[]> {
  const rows = await query<Omit<TenantRule, 'changed'> & { changed: string }>(
    transaction,
    `SELECT status.cluster, status.uid, status.facts, status.status, status.programming,
       status.changed_position AS changed, CASE WHEN rule.tenant = $2 THEN rule.accepted END AS accepted
     FROM rule_status AS status LEFT JOIN rule USING (cluster, uid)
     WHERE status.device = $1 AND status.tenant = $2 AND status.changed_position <= $3`,
    [device, tenant, upTo],
  );
  return rows.map((row) => ({ ...row, changed: Number(row.changed) }));
}

async function write(
  transaction: EntityManager,
  { at }: TenantScope,
  rules: readonly TenantRule[],
  next: (rule: TenantRule) => Programming,
): Promise<void> {
  const programmed = rules.map((rule): ProgrammedRule => ({ ...rule, programming: next(rule) }));
  await writeProgramming(transaction, programmed, at);
}

function failedOrSettled(
  rule: TenantRule,
  version: number,
  held: Pick<HeldBackRule, 'reason' | 'message' | 'quarantine'> | undefined,
): Programming {
  if (held === undefined) {
    return isSettled(rule.programming) ? rule.programming : settled(version, rule.facts, rule.programming);
  }
  const { version: before } = rule.programming;
  if (held.quarantine !== undefined) return { state: 'quarantined', version: before, message: held.message };
  return { state: 'failed', version: before, reason: held.reason, message: held.message };
}

function byKey(rules: readonly HeldBackRule[]): ReadonlyMap<string, HeldBackRule> {
  return new Map(rules.map((rule) => [ruleKey(rule), rule]));
}
