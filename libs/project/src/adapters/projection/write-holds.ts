import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { type EntityManager } from 'typeorm';
import { heldPrefixes } from '../../domain/last-good.js';
import { query } from '../sql.js';

/** A version that a device holds, and the interval in which it came to hold it. */
export interface HeldVersion {
  readonly device: string;
  readonly tenant: string;
  readonly version: number;
  readonly rules: readonly DesiredRule[];
  readonly from: Date;
  readonly to: Date;
}

/** Brings the ranges in which a device held prefixes up to a version: what it lacks ends, what is new in it begins. */
export async function writeHolds(transaction: EntityManager, held: HeldVersion): Promise<void> {
  const { device, tenant, version, from, to } = held;
  const rows = held.rules.flatMap((rule) =>
    (heldPrefixes(rule) ?? []).map((text) => ({ cluster: rule.cluster, rule: rule.uid, ...placed(text, tenant) })),
  );
  const declared = `jsonb_to_recordset($1::jsonb) AS row (cluster text, rule text, prefix text, route_domain integer)`;
  const same = `open.cluster = row.cluster AND open.rule_uid = row.rule AND open.prefix = row.prefix
    AND open.route_domain = row.route_domain`;
  const text = JSON.stringify(rows);
  await query(
    transaction,
    `UPDATE grant_hold AS open SET to_version = $4, to_earliest = $5, to_latest = $6
     WHERE open.device = $2 AND open.tenant = $3 AND open.to_version IS NULL
       AND NOT EXISTS (SELECT FROM ${declared} WHERE ${same})`,
    [text, device, tenant, version, from, to],
  );
  await query(
    transaction,
    `INSERT INTO grant_hold (device, tenant, cluster, rule_uid, prefix, route_domain, from_version, from_earliest,
       from_latest)
     SELECT $2, $3, row.cluster, row.rule, row.prefix, row.route_domain, $4, $5, $6 FROM ${declared}
     WHERE NOT EXISTS (SELECT FROM grant_hold AS open WHERE open.device = $2 AND open.tenant = $3
       AND open.to_version IS NULL AND ${same})`,
    [text, device, tenant, version, from, to],
  );
}

/** In Common a prefix says its route domain; in other tenants it lies in the tenant's own, which 0 stands for here. */
function placed(text: string, tenant: string): { prefix: string; route_domain: number } {
  const match = tenant === commonTenant ? /^([^%]+)%(\d+)(\/\d+)?$/.exec(text) : null;
  if (match === null) return { prefix: text, route_domain: 0 };
  return { prefix: `${match[1] ?? ''}${match[3] ?? ''}`, route_domain: Number(match[2]) };
}
