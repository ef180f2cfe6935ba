import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type EntityManager } from 'typeorm';
import {
  type HeldBackRule,
  type OpenAttempt,
  type PlannedAttempt,
  type Purpose,
  notApplied,
} from '../ports/apply-log.js';
import { type TakenDeclaration } from '../ports/desired-state.js';
import { type DeclarationApplied, type DeclarationRefused } from './device-events.js';
import { type Connection, query, single } from './sql.js';

/** An attempt as it was written down. */
export interface StoredAttempt {
  readonly id: number;
  readonly device: string;
  readonly tenant: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly position: number;
  readonly digest: string;
  readonly outcome: 'applied' | 'refused' | null;
}

export async function openAttempts(connection: Connection, device: string): Promise<OpenAttempt[]> {
  const rows = await query<{
    id: string;
    tenant: string;
    version: number;
    purpose: Purpose;
    position: string;
    digest: string;
    epoch: string;
    task: string | null;
    begun_at: Date;
    held_back: readonly HeldBackRule[];
    rules: readonly DesiredRule[];
    body: JsonObject;
  }>(
    connection,
    `SELECT id, tenant, version, purpose, position, digest, epoch, task, begun_at,
       coalesce(held_back, '[]') AS held_back, rules, body
     FROM apply_attempt JOIN declaration USING (device, tenant, version)
     WHERE device = $1 AND outcome IS NULL ORDER BY id`,
    [device],
  );
  return rows.map(({ id, position, epoch, begun_at: begunAt, held_back: heldBack, body, ...row }) => ({
    ...row,
    id: Number(id),
    position: Number(position),
    epoch: Number(epoch),
    begunAt,
    heldBack,
    declaration: body,
  }));
}

export async function strayedTenants(connection: Connection, device: string): Promise<string[]> {
  const rows = await query<{ tenant: string }>(
    connection,
    `SELECT tenant FROM tenant_state AS state CROSS JOIN LATERAL (
       SELECT reason FROM apply_attempt AS attempt
       WHERE attempt.device = state.device AND attempt.tenant = state.tenant ORDER BY version DESC LIMIT 1
     ) AS newest WHERE device = $1 AND reason = $2`,
    [device, notApplied],
  );
  return rows.map(({ tenant }) => tenant);
}

/** Writes an intention down, with a version of its own. */
export async function insertAttempt(
  transaction: EntityManager,
  device: string,
  epoch: number,
  attempt: PlannedAttempt,
  begunAt: Date,
): Promise<{ readonly id: number; readonly version: number }> {
  const { tenant, purpose, position, digest, rules, declaration, heldBack } = attempt;
  const rows = await query<{ id: string; version: number }>(
    transaction,
    `INSERT INTO apply_attempt (device, tenant, version, purpose, position, digest, rule_count, epoch, begun_at,
       held_back)
     SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8, $9
     FROM apply_attempt WHERE device = $1 AND tenant = $2
     RETURNING id, version`,
    [device, tenant, purpose, position, digest, rules.length, epoch, begunAt, JSON.stringify(heldBack)],
  );
  const { id, version } = single(rows);
  await query(
    transaction,
    'INSERT INTO declaration (device, tenant, version, rules, body) VALUES ($1, $2, $3, $4, $5)',
    [device, tenant, version, JSON.stringify(rules), JSON.stringify(declaration)],
  );
  return { id: Number(id), version };
}

/** @throws Error when the device has no such attempt. */
export async function attemptForUpdate(transaction: EntityManager, device: string, id: number): Promise<StoredAttempt> {
  const rows = await query<Omit<StoredAttempt, 'id' | 'position'> & { id: string; position: string }>(
    transaction,
    `SELECT id, device, tenant, version, purpose, position, digest, outcome FROM apply_attempt
     WHERE device = $1 AND id = $2 FOR UPDATE`,
    [device, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the device "${device}" has no attempt ${id}`);
  return { ...row, id: Number(row.id), position: Number(row.position) };
}

/**
 * Writes the outcome down. Of what is refused more is kept than the attempt itself only where it is a change that is refused
 * for good, or the device took some of it.
 */
export async function closeAttempt(
  transaction: EntityManager,
  attempt: StoredAttempt,
  answer: DeclarationApplied | DeclarationRefused,
  at: Date,
): Promise<void> {
  const applied = answer.type === 'declaration-applied' ? answer : null;
  const refused = answer.type === 'declaration-refused' ? answer : null;
  await query(
    transaction,
    `UPDATE apply_attempt SET concluded_at = $2, outcome = $3, reason = $4, message = $5, permanent = $6,
       effective_from = $7, effective_to = $8, held_back = $9, taken = $10
     WHERE id = $1`,
    [
      attempt.id,
      at,
      applied === null ? 'refused' : 'applied',
      refused?.reason ?? null,
      refused?.message ?? null,
      refused?.permanent ?? null,
      applied?.effectiveFrom ?? null,
      applied?.effectiveTo ?? null,
      applied === null ? null : JSON.stringify(applied.heldBack),
      refused?.taken?.part ?? null,
    ],
  );
  const kept = refused === null || refused.taken !== undefined || (refused.permanent && attempt.purpose === 'change');
  if (!kept) {
    await query(transaction, 'DELETE FROM declaration WHERE device = $1 AND tenant = $2 AND version = $3', [
      attempt.device,
      attempt.tenant,
      attempt.version,
    ]);
  }
}

/** Once more does no harm. */
export async function withdrawAttempt(transaction: EntityManager, device: string, id: number): Promise<void> {
  await query(
    transaction,
    `WITH withdrawn AS (
       DELETE FROM apply_attempt WHERE device = $1 AND id = $2 AND outcome IS NULL RETURNING device, tenant, version
     )
     DELETE FROM declaration USING withdrawn
     WHERE (declaration.device, declaration.tenant, declaration.version)
       = (withdrawn.device, withdrawn.tenant, withdrawn.version)`,
    [device, id],
  );
}

/** The rules of a declaration, thinned or not, as SQL. `declaration`: its row. */
export const rulesOf = (declaration: string) => `coalesce(${declaration}.rules, (
  SELECT coalesce(jsonb_agg(declared_rule.rule ORDER BY part.n), '[]')
  FROM unnest(${declaration}.rule_ids) WITH ORDINALITY AS part (id, n) JOIN declared_rule USING (id)))`;

/** Also of a version that was thinned. */
export async function declaredRules(
  transaction: EntityManager,
  { device, tenant, version }: Pick<StoredAttempt, 'device' | 'tenant' | 'version'>,
): Promise<readonly DesiredRule[]> {
  const rows = await query<{ rules: readonly DesiredRule[] }>(
    transaction,
    `SELECT ${rulesOf('declaration')} AS rules FROM declaration WHERE device = $1 AND tenant = $2 AND version = $3`,
    [device, tenant, version],
  );
  return single(rows).rules;
}

/** What a device took of refused declarations after a version, in their order. */
export async function takenDeclarations(
  transaction: EntityManager,
  device: string,
  tenant: string,
  after: number,
): Promise<readonly TakenDeclaration[]> {
  return query(
    transaction,
    `SELECT taken AS part, body AS declaration, rules FROM apply_attempt JOIN declaration USING (device, tenant, version)
     WHERE device = $1 AND tenant = $2 AND version > $3 AND taken IS NOT NULL ORDER BY version`,
    [device, tenant, after],
  );
}
