import { type JsonObject } from '#core/json';
import { type RuleKind } from '#core/kinds';
import { type CommandActor } from '../ports/commands.js';
import {
  type AddressGrant,
  type AddressHistory,
  type EveryoneRule,
  type GrantQuestion,
  type HeldRange,
  type HeldThen,
  type Interval,
  type WrittenRule,
} from '../ports/history.js';
import { rulesOf } from './apply-attempts.js';
import { type GrantRow, sourceGrantOf } from './grant-rows.js';
import { type Connection, query } from './sql.js';

/** Answers for a moment, on one snapshot. */
export async function findGrants(
  connection: Connection,
  { address, cluster }: GrantQuestion,
  at: Date,
): Promise<AddressHistory> {
  const parameters = [address, at, cluster ?? null];
  const grants = await query<PastGrantRow>(connection, grantsStatement, parameters);
  const everyone = await query<EveryoneRow>(connection, everyoneStatement, parameters.slice(1));
  return {
    address,
    at,
    grants: grants.map((row) => addressGrant(row, at)),
    everyone: everyone.map((row) => everyoneRule(row, at)),
  };
}

/** The rule as the last event before the moment, and up to a position, left it, with who wrote it. */
const writtenRule = (cluster: string, uid: string, at: string, upTo = 'NULL::bigint') => `
  JOIN LATERAL (
    SELECT position, recorded_at, data FROM event
    WHERE event.uid = ${uid} AND event.cluster = ${cluster} AND type = 'upsert' AND recorded_at <= ${at}
      AND (${upTo} IS NULL OR position <= ${upTo})
    ORDER BY position DESC LIMIT 1) AS written ON true
  LEFT JOIN audit_entry AS entry ON entry.position = written.position`;

const ruleColumns = `written.data -> 'object' ->> 'kind' AS kind, written.data -> 'object' ->> 'namespace' AS rule_namespace,
  written.data -> 'object' ->> 'name' AS rule_name, written.data -> 'object' -> 'content' -> 'spec' AS spec,
  written.position AS written_position, written.recorded_at AS written_at, entry.manager, entry.actor`;

const grantColumns = `device, cluster, rule_uid, prefix, route_domain, namespace, pod_uid, pod_name, from_position,
  from_time, to_position, to_time`;

/** That a grant is of the rule and the prefix of a hold. In Common a hold says its route domain. */
const sameAddress = (grant: string, hold: string) => `CAST(${grant}.prefix AS inet) = CAST(${hold}.prefix AS inet)
  AND ${grant}.cluster = ${hold}.cluster AND ${grant}.rule_uid = ${hold}.rule_uid`;
const sameDomain = (grant: string, hold: string) =>
  `(${hold}.tenant <> 'Common' OR ${hold}.route_domain = ${grant}.route_domain)`;

/**
 * The grants that hold an address ($1) at a moment ($2), and those that no longer did while the device still held their
 * prefix: of the latter the last one before the moment. A grant counts as the reason for what the device held until the
 * next one of the same rule and prefix: a declaration may become effective after what it was compiled from has changed.
 * Pinned forms count like rules, except where the rule itself has the address as well.
 */
export const grantsStatement = `
  WITH wanted AS (
    SELECT ${grantColumns}, NULL::bigint AS form_position FROM egress_grant
    WHERE CAST(prefix AS inet) >>= $1::inet AND tstzrange(from_time, to_time) @> $2::timestamptz),
  pinned AS (
    SELECT ${grantColumns}, form_position FROM pinned_grant
    WHERE CAST(prefix AS inet) >>= $1::inet AND tstzrange(from_time, to_time) @> $2::timestamptz),
  lingering AS (
    SELECT past.* FROM grant_hold AS hold JOIN LATERAL (
      SELECT ${grantColumns}, NULL::bigint AS form_position FROM egress_grant AS past
      WHERE ${sameAddress('past', 'hold')} AND ${sameDomain('past', 'hold')} AND past.from_time <= $2
      UNION ALL
      SELECT ${grantColumns}, form_position FROM pinned_grant AS past
      WHERE ${sameAddress('past', 'hold')} AND ${sameDomain('past', 'hold')} AND past.from_time <= $2
      ORDER BY from_position DESC, form_position NULLS FIRST LIMIT 1) AS past ON true
    WHERE CAST(hold.prefix AS inet) >>= $1::inet AND tstzrange(hold.from_earliest, hold.to_latest) @> $2::timestamptz)
  SELECT found.*, ${ruleColumns}, holds.list AS holds
  FROM (SELECT * FROM wanted UNION SELECT * FROM pinned UNION SELECT * FROM lingering) AS found
  ${writtenRule('found.cluster', 'found.rule_uid', '$2', 'found.form_position')}
  LEFT JOIN LATERAL (
    SELECT min(later.from_time) AS time FROM egress_grant AS later
    WHERE ${sameAddress('later', 'found')} AND later.route_domain = found.route_domain
      AND later.from_position > found.from_position) AS next ON true
  LEFT JOIN LATERAL (
    SELECT json_agg(hold ORDER BY hold.from_version) AS list FROM grant_hold AS hold
    WHERE ${sameAddress('hold', 'found')} AND ${sameDomain('found', 'hold')}
      AND tstzrange(hold.from_earliest, hold.to_latest) && tstzrange(found.from_time, next.time)) AS holds ON true
  WHERE ($3::text IS NULL OR found.cluster = $3)
    AND (found.form_position IS NULL OR NOT EXISTS (
      SELECT FROM wanted WHERE wanted.cluster = found.cluster AND wanted.rule_uid = found.rule_uid
        AND wanted.prefix = found.prefix AND wanted.route_domain = found.route_domain))
  ORDER BY found.cluster, rule_namespace, rule_name, kind, found.rule_uid, found.from_position`;

/** The rules without addresses that were in the versions which the devices held at a moment ($1). */
const everyoneStatement = `
  SELECT attempt.device, attempt.tenant, attempt.version, attempt.effective_to AS latest, rule.cluster, rule.uid AS rule_uid,
    ${ruleColumns}
  FROM tenant_state AS state
  JOIN LATERAL (
    SELECT * FROM apply_attempt AS attempt
    WHERE attempt.device = state.device AND attempt.tenant = state.tenant AND outcome = 'applied' AND effective_from <= $1
    ORDER BY version DESC LIMIT 1) AS attempt ON true
  JOIN declaration ON declaration.device = attempt.device AND declaration.tenant = attempt.tenant
    AND declaration.version = attempt.version
  JOIN LATERAL jsonb_to_recordset(${rulesOf('declaration')}) AS rule (cluster text, uid text, prefixes jsonb, destinations jsonb)
    ON rule.prefixes IS NULL AND jsonb_array_length(rule.destinations) > 0
  ${writtenRule('rule.cluster', 'rule.uid', '$1')}
  WHERE $2::text IS NULL OR rule.cluster = $2
  ORDER BY attempt.device, attempt.tenant, rule.cluster, rule_namespace, rule_name, kind`;

interface RuleRow {
  readonly device: string;
  readonly cluster: string;
  readonly rule_uid: string;
  readonly kind: RuleKind;
  readonly rule_namespace: string;
  readonly rule_name: string;
  readonly spec: JsonObject;
  readonly written_position: string;
  readonly written_at: Date;
  readonly manager: string | null;
  readonly actor: CommandActor | null;
}

interface PastGrantRow extends RuleRow, GrantRow {
  readonly from_position: string;
  readonly from_time: Date;
  readonly to_position: string | null;
  readonly to_time: Date | null;
  /** Of a form that the tenant was pinned to. */
  readonly form_position: string | null;
  readonly holds: readonly HoldJson[] | null;
}

/** Times are texts in JSON. */
interface HoldJson {
  readonly tenant: string;
  readonly from_version: number;
  readonly from_earliest: string;
  readonly from_latest: string;
  readonly to_version: number | null;
  readonly to_earliest: string | null;
  readonly to_latest: string | null;
}

interface EveryoneRow extends RuleRow {
  readonly tenant: string;
  readonly version: number;
  readonly latest: Date;
}

function addressGrant(row: PastGrantRow, at: Date): AddressGrant {
  const { to_position: end, to_time: endTime } = row;
  const held = (row.holds ?? []).map(heldRange);
  const to = end === null || endTime === null ? null : { time: endTime, position: Number(end) };
  return {
    device: row.device,
    cluster: row.cluster,
    rule: ruleOf(row),
    ...sourceGrantOf(row),
    pinned: row.form_position !== null,
    wanted: { from: { time: row.from_time, position: Number(row.from_position) }, to },
    held,
    wantedThen: row.from_time <= at && (to === null || at < to.time),
    heldThen: heldThen(held, at),
  };
}

function heldRange(row: HoldJson): HeldRange {
  return {
    tenant: row.tenant,
    fromVersion: row.from_version,
    from: { earliest: new Date(row.from_earliest), latest: new Date(row.from_latest) },
    toVersion: row.to_version,
    to: intervalOf(row.to_earliest, row.to_latest),
  };
}

function intervalOf(earliest: string | null, latest: string | null): Interval | null {
  return earliest === null || latest === null ? null : { earliest: new Date(earliest), latest: new Date(latest) };
}

function heldThen(ranges: readonly HeldRange[], at: Date): HeldThen {
  const surely = ({ from, to }: HeldRange) => from.latest <= at && (to === null || at < to.earliest);
  const perhaps = ({ from, to }: HeldRange) => from.earliest <= at && (to === null || at < to.latest);
  if (ranges.some(surely)) return 'yes';
  return ranges.some(perhaps) ? 'unknown' : 'no';
}

function everyoneRule(row: EveryoneRow, at: Date): EveryoneRule {
  const { device, cluster, tenant, version, latest } = row;
  return { device, cluster, tenant, version, rule: ruleOf(row), heldThen: latest <= at ? 'yes' : 'unknown' };
}

function ruleOf(row: RuleRow): WrittenRule {
  const { kind, rule_uid: uid, rule_namespace: namespace, rule_name: name, spec, manager, actor } = row;
  const written = { position: Number(row.written_position), at: row.written_at, manager, actor };
  return { kind, uid, namespace, name, spec, written };
}
