import { type DeclaredRule, type DesiredTenant } from '#core/desired';
import { compareRules } from '#core/order';
import { type EntityManager } from 'typeorm';
import { ruleKey } from '../domain/last-good.js';
import { pinnedRules } from '../domain/pinned-rules.js';
import { type CommandActor } from '../ports/commands.js';
import { type Pin } from '../ports/desired-state.js';
import { pinnedStates } from './pinned-states.js';
import { query } from './sql.js';

/** What a tenant is pinned to; null when it is not. */
export async function findPin(transaction: EntityManager, device: string, tenant: string): Promise<Pin | null> {
  const rows = await query<{ version: number; since: Date; actor: CommandActor; reason: string }>(
    transaction,
    'SELECT version, since, actor, reason FROM tenant_pin WHERE device = $1 AND tenant = $2',
    [device, tenant],
  );
  return rows[0] ?? null;
}

/** What a pinned tenant is to hold. @param standing its rules as they stand in the clusters. */
export async function rulesPinned(
  transaction: EntityManager,
  device: string,
  { tenant, rules }: DesiredTenant,
): Promise<readonly DeclaredRule[]> {
  const forms = await pinnedStates(transaction, { device, tenant });
  const present = await query<{ cluster: string; uid: string }>(
    transaction,
    'SELECT cluster, uid FROM rule WHERE uid = ANY ($1)',
    [forms.map(({ rule }) => rule.uid)],
  );
  const existing = new Set(present.map(ruleKey));
  const desired = new Map(rules.map((rule) => [ruleKey(rule), rule]));
  return pinnedRules(forms, { desired, exists: (rule) => existing.has(ruleKey(rule)) }).sort(compareRules);
}
