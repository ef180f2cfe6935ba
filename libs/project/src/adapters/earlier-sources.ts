import { type DesiredRule, type Position } from '#core/desired';
import { isDenial } from '#core/rule';
import { type SourceGrant } from '#core/source-set';
import { type EntityManager } from 'typeorm';
import { sourceOptionsOf } from '../domain/configured.js';
import { type ClusterScope } from '../domain/desired-tenants.js';
import { ruleKey } from '../domain/last-good.js';
import { sourcesOfEarlierForm } from '../domain/rule-sources.js';
import { type GrantRow, grantsByRule } from './grant-rows.js';
import { sourceObjects } from './model-store.js';
import { query } from './sql.js';

/** A rule in a form that was the desired one at a position, and is not any more. */
export interface EarlierForm {
  readonly rule: DesiredRule;
  readonly position: Position;
}

/** The addresses that earlier forms apply to today, by `ruleKey`: resolved from the objects that are there now (ADR 19). */
export async function earlierSources(
  transaction: EntityManager,
  forms: readonly EarlierForm[],
  scopes: readonly ClusterScope[],
): Promise<ReadonlyMap<string, readonly SourceGrant[]>> {
  const found = new Map<string, readonly SourceGrant[]>();
  if (forms.length === 0) return found;
  const before = await grantsThen(transaction, forms);
  for (const cluster of new Set(forms.map(({ rule }) => rule.cluster))) {
    const rules = forms.flatMap(({ rule }) => (rule.cluster === cluster ? [rule] : []));
    const scope = scopes.find(({ configuration }) => configuration.clusterName === cluster);
    const objects = await sourceObjects(transaction, cluster, namespacesOf(rules));
    for (const rule of rules) {
      const had = before.get(ruleKey(rule)) ?? new Map<string, SourceGrant>();
      // Of a cluster that is not served any more nothing is known of today: only a denial may stand as it was.
      const unknown = isDenial(rule.action) ? [...had.values()] : [];
      const now =
        scope === undefined ? unknown : sourcesOfEarlierForm(rule, objects, sourceOptionsOf(scope.configuration), had);
      found.set(ruleKey(rule), now);
    }
  }
  return found;
}

/** Null for all of them. */
function namespacesOf(rules: readonly DesiredRule[]): readonly string[] | null {
  const namespaces = rules.map(({ source }) => ('namespace' in source ? source.namespace : null));
  const known = namespaces.filter((namespace) => namespace !== null);
  return known.length < namespaces.length ? null : known;
}

async function grantsThen(
  transaction: EntityManager,
  forms: readonly EarlierForm[],
): Promise<ReadonlyMap<string, Map<string, SourceGrant>>> {
  const rows = await query<GrantRow & { readonly cluster: string; readonly uid: string }>(
    transaction,
    `SELECT past.cluster, past.rule_uid AS uid, past.prefix, past.route_domain, past.namespace, past.pod_uid, past.pod_name
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS form (cluster, uid, position)
     JOIN egress_grant AS past ON past.cluster = form.cluster AND past.rule_uid = form.uid
       AND past.from_position <= form.position AND (past.to_position IS NULL OR past.to_position > form.position)`,
    [forms.map(({ rule }) => rule.cluster), forms.map(({ rule }) => rule.uid), forms.map(({ position }) => position)],
  );
  return grantsByRule(rows, ruleKey);
}
