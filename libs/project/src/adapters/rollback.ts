import { type AcceptedRule, type DeclaredRule, type Position } from '#core/desired';
import { type EntityManager } from 'typeorm';
import { type ClusterModel } from '../domain/cluster-model.js';
import { desiredRule } from '../domain/desired-tenants.js';
import { type RulesPinned } from '../domain/events.js';
import { type PinnedForm } from '../domain/pinned-forms.js';
import { ruleDifferences } from '../domain/rule-difference.js';
import { storable } from '../domain/storable.js';
import { type Rollback, type RollbackTarget, UnknownVersion } from '../ports/commands.js';
import { declaredRules } from './apply-attempts.js';
import { type ClusterRecord } from './cluster-records.js';
import { loadModel } from './model-store.js';
import { findPin } from './pins.js';
import { query } from './sql.js';

/** Works out what a rollback comes to, and changes nothing. @throws UnknownVersion */
export async function planRollback(
  transaction: EntityManager,
  target: RollbackTarget,
): Promise<{ readonly rollback: Rollback; readonly clusters: readonly ClusterRecord[] }> {
  const { device, tenant } = target;
  const applied = await appliedVersion(transaction, target);
  const current = await heldVersion(transaction, device, tenant);
  if (applied === null || current === null) throw new UnknownVersion(target);
  const { version, position } = applied;
  const rules: readonly DeclaredRule[] = await declaredRules(transaction, { device, tenant, version });
  const clusters = await pinnedClusters(transaction, device, tenant, (cluster, model) =>
    rules.filter((rule) => rule.cluster === cluster).map((rule) => formOf(rule, position, model)),
  );
  const after = clusters.flatMap(({ model }) =>
    [...model.pinnedRules()]
      .filter(({ rule }) => rule.tenant === tenant)
      .map(({ rule, grants }) => desiredRule(rule, grants === null ? null : [...grants.values()])),
  );
  const before = await declaredRules(transaction, { device, tenant, version: current });
  const pin = await findPin(transaction, device, tenant);
  const rollback: Rollback = {
    tenant,
    version,
    effective: { from: applied.from, to: applied.to },
    current,
    pinned: pin?.version ?? null,
    differences: ruleDifferences(before, after),
  };
  return { rollback, clusters };
}

/** What releasing a tenant means to the clusters. */
export function releasedForms(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<readonly ClusterRecord[]> {
  return pinnedClusters(transaction, device, tenant, () => []);
}

/** The clusters that have, or get, pinned rules in the tenant. */
async function pinnedClusters(
  transaction: EntityManager,
  device: string,
  tenant: string,
  formsOf: (cluster: string, model: ClusterModel) => readonly PinnedForm[],
): Promise<ClusterRecord[]> {
  const served = await query<{ name: string }>(
    transaction,
    'SELECT name FROM cluster WHERE device = $1 ORDER BY name',
    [device],
  );
  const pinned: ClusterRecord[] = [];
  for (const { name: cluster } of served) {
    const model = await loadModel(transaction, cluster);
    const rules = formsOf(cluster, model);
    const before = [...model.pinnedForms()].filter(({ rule }) => rule.tenant === tenant);
    if (rules.length === 0 && before.length === 0) continue;
    const event: RulesPinned = storable({ type: 'rules-pinned', tenant, rules } as const);
    model.apply(event);
    pinned.push({ cluster, device, event, model, effects: model.settle() });
  }
  return pinned;
}

function formOf(
  { prefixes: _, sourcesAt, ...rule }: DeclaredRule,
  position: Position,
  model: ClusterModel,
): PinnedForm {
  return { rule, sourcesAt: sourcesAt ?? position, standing: standingOf(rule, model) };
}

function standingOf(rule: AcceptedRule, model: ClusterModel): readonly string[] | null {
  const state = model.rule(rule.uid);
  if (state === undefined) return null;
  return state.accepted?.destinations.map(({ externalService }) => externalService) ?? [];
}

interface AppliedVersion {
  readonly version: number;
  readonly position: Position;
  readonly from: Date;
  readonly to: Date;
}

/** Null when the device never held it, or nothing for certain at that moment. */
async function appliedVersion(
  transaction: EntityManager,
  { device, tenant, to }: RollbackTarget,
): Promise<AppliedVersion | null> {
  const condition = typeof to === 'number' ? 'version = $3' : 'effective_to <= $3';
  const rows = await query<{ version: number; position: string; effective_from: Date; effective_to: Date }>(
    transaction,
    `SELECT version, position, effective_from, effective_to FROM apply_attempt
     WHERE device = $1 AND tenant = $2 AND outcome = 'applied' AND ${condition} ORDER BY version DESC LIMIT 1`,
    [device, tenant, to],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { version: row.version, position: Number(row.position), from: row.effective_from, to: row.effective_to };
}

async function heldVersion(transaction: EntityManager, device: string, tenant: string): Promise<number | null> {
  const rows = await query<{ version: number | null }>(
    transaction,
    'SELECT version FROM tenant_state WHERE device = $1 AND tenant = $2',
    [device, tenant],
  );
  return rows[0]?.version ?? null;
}
