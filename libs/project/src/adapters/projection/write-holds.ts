import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { type EntityManager } from 'typeorm';
import { heldPrefixes, ruleKey } from '../../domain/last-good.js';
import { type HeldInstead, type RuleReference } from '../../ports/drift.js';
import { query } from '../sql.js';

/** What a device holds, and the interval in which it came to hold it. */
export interface HeldVersion {
  readonly device: string;
  readonly tenant: string;
  readonly version: number;
  readonly rules: readonly DesiredRule[];
  /** Where the device holds something else than the version: after somebody changed it. */
  readonly instead?: HeldInstead;
  readonly from: Date;
  readonly to: Date;
}

/** A prefix that the device holds for a rule. */
interface Hold {
  readonly cluster: string;
  readonly rule: string;
  readonly prefix: string;
  readonly route_domain: number;
}

/**
 * Brings the ranges in which a device held prefixes up to what it holds: what it lacks ends, what is new begins. A
 * version has thousands of prefixes and differs from the one before in a few: only those are written. The times are of
 * the workers' clocks, which differ: no range ends before it began.
 */
export async function writeHolds(transaction: EntityManager, held: HeldVersion): Promise<void> {
  const open = await openHolds(transaction, held);
  const declared = declaredHolds(held);
  await end(
    transaction,
    held,
    [...open].flatMap(([key, hold]) => (declared.has(key) ? [] : hold)),
  );
  await begin(transaction, held, open, declared);
}

/** The same for a version that a device may hold in part: what is new in it begins, and nothing ends. */
export async function beginHolds(transaction: EntityManager, held: HeldVersion): Promise<void> {
  await begin(transaction, held, await openHolds(transaction, held), declaredHolds(held));
}

const columns = 'cluster text, rule text, prefix text, route_domain integer';

async function end(
  transaction: EntityManager,
  { device, tenant, version, from, to }: HeldVersion,
  ended: readonly OpenHold[],
): Promise<void> {
  if (ended.length === 0) return;
  await query(
    transaction,
    `UPDATE grant_hold AS open SET to_version = $4, to_earliest = greatest($5, from_earliest),
       to_latest = greatest($6, from_latest)
     FROM jsonb_to_recordset($1::jsonb) AS row (${columns}, since integer)
     WHERE open.device = $2 AND open.tenant = $3 AND open.cluster = row.cluster AND open.rule_uid = row.rule
       AND open.prefix = row.prefix AND open.route_domain = row.route_domain AND open.from_version = row.since
       AND open.to_version IS NULL`,
    [JSON.stringify(ended), device, tenant, version, from, to],
  );
}

async function begin(
  transaction: EntityManager,
  { device, tenant, version, from, to }: HeldVersion,
  open: ReadonlyMap<string, OpenHold>,
  declared: ReadonlyMap<string, Hold>,
): Promise<void> {
  const begun = [...declared].flatMap(([key, hold]) => (open.has(key) ? [] : hold));
  if (begun.length === 0) return;
  await query(
    transaction,
    `INSERT INTO grant_hold (device, tenant, cluster, rule_uid, prefix, route_domain, from_version, from_earliest,
       from_latest)
     SELECT $2, $3, cluster, rule, prefix, route_domain, $4, $5, $6
     FROM jsonb_to_recordset($1::jsonb) AS row (${columns})
     ON CONFLICT (device, tenant, cluster, rule_uid, prefix, route_domain, from_version, from_earliest)
     DO UPDATE SET to_version = NULL, to_earliest = NULL, to_latest = NULL`,
    [JSON.stringify(begun), device, tenant, version, from, to],
  );
}

function declaredHolds(held: HeldVersion): ReadonlyMap<string, Hold> {
  return new Map(holdsNow(held).map((hold) => [keyOf(hold), hold]));
}

interface OpenHold extends Hold {
  /** The version with which it began. */
  readonly since: number;
}

async function openHolds(
  transaction: EntityManager,
  { device, tenant }: HeldVersion,
): Promise<ReadonlyMap<string, OpenHold>> {
  const rows = await query<{ cluster: string; rule: string; held: readonly (readonly [string, number, number])[] }>(
    transaction,
    `SELECT cluster, rule_uid AS rule, json_agg(json_build_array(prefix, route_domain, from_version)) AS held
     FROM grant_hold WHERE device = $1 AND tenant = $2 AND to_version IS NULL GROUP BY cluster, rule_uid`,
    [device, tenant],
  );
  const holds = rows.flatMap(({ cluster, rule, held }) =>
    held.map(([prefix, route_domain, since]) => ({ cluster, rule, prefix, route_domain, since })),
  );
  return new Map(holds.map((hold) => [keyOf(hold), hold]));
}

function holdsNow({ rules, tenant, instead }: HeldVersion): Hold[] {
  const declared = rules.flatMap((rule) => holdsOf(rule, heldPrefixes(rule) ?? [], tenant));
  if (instead === undefined) return declared;
  const besides = instead.besides.flatMap((rule) => holdsOf(rule, rule.prefixes ?? [], tenant));
  if (instead.without === 'all') return besides;
  const gone = new Map(instead.without.map((rule) => [ruleKey(rule), rule.prefixes]));
  const kept = rules.flatMap((rule) => {
    const prefixes = gone.get(ruleKey(rule));
    if (prefixes === null) return [];
    const without = new Set(prefixes);
    return holdsOf(
      rule,
      (heldPrefixes(rule) ?? []).filter((prefix) => !without.has(prefix)),
      tenant,
    );
  });
  return [...kept, ...besides];
}

function holdsOf({ cluster, uid }: RuleReference, prefixes: readonly string[], tenant: string): Hold[] {
  return prefixes.map((text) => ({ cluster, rule: uid, ...placed(text, tenant) }));
}

function keyOf({ cluster, rule, prefix, route_domain: routeDomain }: Hold): string {
  return `${cluster} ${rule} ${prefix} ${routeDomain}`;
}

/** In Common a prefix says its route domain; in other tenants it lies in the tenant's own, which 0 stands for here. */
function placed(text: string, tenant: string): Pick<Hold, 'prefix' | 'route_domain'> {
  const match = tenant === commonTenant ? /^([^%]+)%(\d+)(\/\d+)?$/.exec(text) : null;
  if (match === null) return { prefix: text, route_domain: 0 };
  return { prefix: `${match[1] ?? ''}${match[3] ?? ''}`, route_domain: Number(match[2]) };
}
