import { canonicalJson, type JsonValue } from '#core/json';
import { type Programming, type RuleFacts, type RuleStatus } from '#core/status';
import { createHash } from 'node:crypto';
import { drifted } from './drift-message.js';

/** What of a rule changed, as far as its way to the device is concerned. */
export interface RuleProgress {
  /** Whether it is, or until now was, declared in a tenant that has to be declared for the change to take effect. */
  readonly inTenant: boolean;
  readonly declarationChanged: boolean;
}

/** How far a rule is after a change in the cluster. */
export function afterChange(before: Programming | null, progress: RuleProgress): Programming {
  const version = before?.version ?? 0;
  if (!progress.inTenant) return { state: 'programmed', version };
  if (before !== null && !progress.declarationChanged) return before;
  return { state: 'waiting', version, message: 'The change is on its way to the device.' };
}

/** How far a rule is when the device holds it as it stands. @param before what was said of it until now. */
export function settled(version: number, facts: StoredFacts, before: Programming | null = null): Programming {
  if (!facts.accepted || facts.addresses !== 0) {
    const restored = before !== null && isDrifted(before) ? { restored: before.message } : {};
    return { state: 'programmed', version, ...restored };
  }
  const message = 'No address belongs to this rule now, so that nothing of it is declared.';
  return { state: 'inactive', version, reason: 'NoSources', message };
}

/** The device holds the rule as it stands, or there was nothing to bring there. */
export function isSettled(programming: Programming): boolean {
  return programming.state === 'programmed' || programming.state === 'inactive';
}

/** The device held the rule, and then no longer as it was applied. */
export function isDrifted(programming: Programming): programming is Extract<Programming, { state: 'failed' }> {
  return programming.state === 'failed' && programming.reason === drifted;
}

/** A rule has no effect though the device holds it: the policy that it is in is not enforced. */
const notEnforced = ['RouteDomainMissing', 'ForeignPolicyEnforced'] as const;
export type NotEnforced = (typeof notEnforced)[number];

/** Only a look at the device tells whether it is over: that there was nothing to declare does not. */
export function isForDeviceToTell(programming: Programming): boolean {
  const { state } = programming;
  return state === 'failed' && [drifted, ...notEnforced].includes(programming.reason);
}

export type StoredFacts = Omit<RuleFacts, 'programming'>;

/** SHA-256 (hex) of a status: names it between the projection and whoever writes it to Kubernetes. */
export function statusDigest(status: RuleStatus): string {
  return createHash('sha256')
    .update(canonicalJson(statusJson(status)))
    .digest('hex');
}

function statusJson(status: RuleStatus): JsonValue {
  return { ...status, conditions: status.conditions.map((condition) => ({ ...condition })) };
}
