import { type Configuration } from '#core/configuration';
import { parseConfiguration } from '#core/configuration-parser';
import { type DeclaredRule, type AcceptedRule, type DesiredRule, type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type Clock } from '#core/clock';
import { type DataSource, type EntityManager } from 'typeorm';
import { tenantsOf } from '../domain/cluster-model.js';
import { type ClusterScope, compareTenants, desiredRule, desiredTenant } from '../domain/desired-tenants.js';
import { earlierFormsMoved, lastGoodRules, ruleKey, withdrawnPrefixes } from '../domain/last-good.js';
import {
  type AppliedVersion,
  type DesiredSnapshot,
  type DesiredStateReader,
  type MovingRule,
  type TenantWork,
} from '../ports/desired-state.js';
import { takenDeclarations } from './apply-attempts.js';
import { tenantDrift } from './drift.js';
import { type EarlierForm, earlierSources } from './earlier-sources.js';
import { findPin, rulesPinned } from './pins.js';
import { quarantinedRules } from './quarantine.js';
import { inSnapshot, lastPosition, query } from './sql.js';
import { keepsEarlierForms } from './tenant-progress.js';
import { takeoverStanding } from './takeover.js';

/** What the worker reads, out of Postgres, each answer on one snapshot of the database. */
export class PostgresDesiredState implements DesiredStateReader {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  work(device: string): Promise<DesiredSnapshot> {
    return this.snapshot(
      device,
      (state) => hasWork(state) || state.keepsEarlier,
      (state, work) => hasWork(state) || earlierFormsMoved(work.current?.rules ?? [], work.lastGood ?? []),
    );
  }

  async declared(device: string): Promise<readonly string[]> {
    const rows = await query<{ tenant: string }>(
      this.source,
      'SELECT tenant FROM tenant_state WHERE device = $1 AND version IS NOT NULL ORDER BY tenant',
      [device],
    );
    return rows.map(({ tenant }) => tenant);
  }

  read(device: string, tenants: readonly string[]): Promise<DesiredSnapshot> {
    return this.snapshot(device, (state) => tenants.includes(state.tenant));
  }

  devicesWithWork(): Promise<readonly string[]> {
    return inSnapshot(this.source, async (transaction) => {
      const rows = await query<{ device: string }>(
        transaction,
        `SELECT DISTINCT device FROM cluster WHERE device IS NOT NULL ORDER BY device`,
      );
      const devices: string[] = [];
      for (const { device } of rows) {
        const { states } = await readDevice(transaction, device, this.clock.now());
        if (states.some(hasWork)) devices.push(device);
      }
      return devices;
    });
  }

  /** The tenants that are chosen by how they stand, and are kept when more is known of them; and to whom they hand over. */
  private snapshot(
    device: string,
    chosen: (state: TenantState) => boolean,
    isKept: (state: TenantState, work: TenantWork) => boolean = () => true,
  ): Promise<DesiredSnapshot> {
    return inSnapshot(this.source, async (transaction) => {
      const snapshot = { device, position: await lastPosition(transaction), takenAt: this.clock.now() };
      const { scopes, states } = await readDevice(transaction, device, snapshot.takenAt);
      const work = new Map<string, TenantWork>();
      let receiving = new Set<string>();
      let tenants = states.filter(chosen);
      while (tenants.length > 0) {
        const rules = await desiredRules(
          transaction,
          device,
          tenants.map(({ tenant }) => tenant),
        );
        for (const state of tenants) {
          const found = await tenantWork(transaction, device, state, snapshot, scopes, rules);
          if (receiving.has(state.tenant) || isKept(state, found)) work.set(state.tenant, found);
        }
        receiving = new Set([...work.values()].flatMap(({ moving }) => moving.map(({ to }) => to)));
        tenants = states.filter(({ tenant }) => receiving.has(tenant) && !work.has(tenant));
      }
      const inOrder = states.flatMap(({ tenant }) => work.get(tenant) ?? []);
      return { ...snapshot, tenants: inOrder };
    });
  }
}

interface TenantState {
  readonly tenant: string;
  readonly wanted: Position;
  readonly applied: Position;
  readonly resync: Position | null;
  readonly pendingSince: Date | null;
  readonly version: number | null;
  readonly goodVersion: number | null;
  readonly settledVersion: number | null;
  /** A rule in quarantine is to be tried again. */
  readonly retry: boolean;
  /** Some rules may stand in an earlier form, because what became of them is refused. */
  readonly keepsEarlier: boolean;
}

function hasWork({ wanted, applied, resync, retry }: TenantState): boolean {
  return wanted > applied || resync !== null || retry;
}

interface DeviceState {
  readonly scopes: readonly ClusterScope[];
  /** Without those of clusters whose first snapshots are not all in yet: half a picture could lack a denial. */
  readonly states: readonly TenantState[];
}

async function readDevice(transaction: EntityManager, device: string, now: Date): Promise<DeviceState> {
  const clusters = await query<{
    complete: boolean;
    configuration_text: string;
    retired_tenants: Readonly<Record<string, string>>;
  }>(
    transaction,
    `SELECT complete, configuration_text, retired_tenants FROM cluster
     WHERE device = $1 AND configuration_text IS NOT NULL`,
    [device],
  );
  const scopes: ClusterScope[] = [];
  const unclear = new Set<string>();
  for (const row of clusters) {
    const { configuration } = parseConfiguration(row.configuration_text);
    if (configuration === null) throw new Error('a configuration that was accepted before is not understood any more');
    if (row.complete) scopes.push({ configuration, retired: row.retired_tenants });
    else for (const tenant of everyTenant(configuration, row.retired_tenants)) unclear.add(tenant);
  }
  const states = (await tenantStates(transaction, device, now)).filter(({ tenant }) => !unclear.has(tenant));
  return { scopes, states: scopes.length === 0 ? [] : states };
}

function everyTenant(configuration: Configuration, retired: Readonly<Record<string, string>>): readonly string[] {
  return [...tenantsOf(configuration), ...Object.keys(retired)];
}

async function tenantStates(transaction: EntityManager, device: string, now: Date): Promise<TenantState[]> {
  const rows = await query<{
    tenant: string;
    wanted: string;
    applied: string;
    resync: string | null;
    pending_since: Date | null;
    version: number | null;
    good_version: number | null;
    settled_version: number | null;
    retry: boolean;
    keeps_earlier: boolean;
  }>(
    transaction,
    `SELECT tenant, wanted, applied, CASE WHEN resync_position > applied THEN resync_position END AS resync, pending_since,
       version, good_version, settled_version,
       EXISTS (SELECT FROM quarantine WHERE quarantine.device = state.device AND quarantine.tenant = state.tenant
         AND retry_at <= $2) AS retry,
       ${keepsEarlierForms('state')} AS keeps_earlier
     FROM tenant_state AS state WHERE device = $1`,
    [device, now],
  );
  return rows
    .map((row) => ({
      tenant: row.tenant,
      wanted: Number(row.wanted),
      applied: Number(row.applied),
      resync: row.resync === null ? null : Number(row.resync),
      pendingSince: row.pending_since,
      version: row.version,
      goodVersion: row.good_version,
      settledVersion: row.settled_version,
      retry: row.retry,
      keepsEarlier: row.keeps_earlier,
    }))
    .sort((left, right) => compareTenants(left.tenant, right.tenant));
}

interface GrantedRule {
  readonly cluster: string;
  readonly uid: string;
  readonly tenant: string;
  readonly accepted: AcceptedRule;
  readonly grants: Grants | null;
}

/** Prefixes, each with its route domain. */
type Grants = readonly (readonly [string, number])[];

const grantedRules = `SELECT rule.cluster, rule.uid, rule.tenant, rule.accepted, grants.list AS grants
  FROM rule LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(prefix, route_domain)) AS list FROM egress_grant
    WHERE cluster = rule.cluster AND rule_uid = rule.uid AND to_position IS NULL) AS grants ON true
  WHERE rule.device = $1`;

async function desiredRules(
  transaction: EntityManager,
  device: string,
  tenants: readonly string[],
): Promise<DesiredRule[]> {
  const rows = await query<GrantedRule>(transaction, `${grantedRules} AND rule.tenant = ANY ($2)`, [device, tenants]);
  return rows.map(({ accepted, grants }) => withGrants(accepted, grants));
}

async function rulesByKey(
  transaction: EntityManager,
  device: string,
  rules: readonly DesiredRule[],
): Promise<readonly GrantedRule[]> {
  if (rules.length === 0) return [];
  return query<GrantedRule>(
    transaction,
    `${grantedRules} AND (rule.cluster, rule.uid) IN (SELECT * FROM unnest($2::text[], $3::text[]))
     AND rule.tenant IS NOT NULL AND rule.accepted IS NOT NULL`,
    [device, rules.map(({ cluster }) => cluster), rules.map(({ uid }) => uid)],
  );
}

function withGrants(accepted: AcceptedRule, grants: Grants | null): DesiredRule {
  if (accepted.source.type === 'everyone') return desiredRule(accepted, null);
  return desiredRule(
    accepted,
    (grants ?? []).map(([prefix, routeDomain]) => ({ prefix, routeDomain })),
  );
}

async function tenantWork(
  transaction: EntityManager,
  device: string,
  state: TenantState,
  { position, takenAt: now }: Pick<DesiredSnapshot, 'position' | 'takenAt'>,
  scopes: readonly ClusterScope[],
  rules: readonly DesiredRule[],
): Promise<TenantWork> {
  const { tenant, wanted, applied, resync, pendingSince } = state;
  const pin = await findPin(transaction, device, tenant);
  const standing = desiredTenant(tenant, scopes, rules);
  const desired = pin === null ? standing : { ...standing, rules: await rulesPinned(transaction, device, standing) };
  const byKey = new Map(desired.rules.map((rule) => [ruleKey(rule), rule]));
  const current = state.version === null ? null : await version(transaction, device, tenant, state.version);
  const earlier = async (number: number | null) =>
    number === null ? null : number === state.version ? current : version(transaction, device, tenant, number);
  const good = await earlier(state.goodVersion);
  const settled = await earlier(state.settledVersion);
  const taken = await takenDeclarations(transaction, device, tenant, state.version ?? 0);
  const held = [...(current?.rules ?? []), ...taken.flatMap((declared) => declared.rules)];
  return {
    desired,
    pin,
    position,
    wanted,
    applied,
    resync,
    pendingSince,
    current: current === null ? null : appliedVersion(current),
    taken,
    lastGood: good === null ? null : await lastGood(transaction, tenant, scopes, good, byKey),
    drift: await tenantDrift(transaction, device, tenant),
    moving: settled === null ? [] : await movingRules(transaction, device, tenant, scopes, settled, byKey),
    takeover: await takeoverStanding(transaction, device, tenant),
    quarantined: await quarantinedRules(transaction, device, tenant, now),
    withdrawn: withdrawnPrefixes(held, byKey),
  };
}

function appliedVersion({ body, ...version }: StoredVersion): AppliedVersion {
  return { ...version, declaration: body };
}

interface StoredVersion {
  readonly version: number;
  readonly digest: string;
  readonly position: Position;
  readonly rules: readonly DeclaredRule[];
  readonly body: JsonObject;
}

async function version(
  transaction: EntityManager,
  device: string,
  tenant: string,
  number: number,
): Promise<StoredVersion | null> {
  const rows = await query<Omit<StoredVersion, 'position'> & { position: string }>(
    transaction,
    `SELECT version, digest, position, rules, body FROM declaration JOIN apply_attempt USING (device, tenant, version)
     WHERE device = $1 AND tenant = $2 AND version = $3`,
    [device, tenant, number],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, position: Number(row.position) };
}

/** The rules of a version that are desired in another tenant of the device by now. */
async function movingRules(
  transaction: EntityManager,
  device: string,
  tenant: string,
  scopes: readonly ClusterScope[],
  settled: StoredVersion,
  desired: ReadonlyMap<string, DesiredRule>,
): Promise<MovingRule[]> {
  const gone = settled.rules.filter((rule) => !desired.has(ruleKey(rule)));
  const elsewhere = (await rulesByKey(transaction, device, gone)).filter((rule) => rule.tenant !== tenant);
  if (elsewhere.length === 0) return [];
  const to = new Map(elsewhere.map((rule) => [ruleKey(rule), rule.tenant]));
  const here = new Map(elsewhere.map((rule) => [ruleKey(rule), withGrants({ ...rule.accepted, tenant }, rule.grants)]));
  const moved = gone.filter((rule) => to.has(ruleKey(rule)));
  const rules = await lastGood(transaction, tenant, scopes, { ...settled, rules: moved }, here);
  return rules.flatMap((rule) => {
    const other = to.get(ruleKey(rule));
    return other === undefined ? [] : [{ to: other, rule }];
  });
}

/** What of a good version can be declared today; the objects are read for the rules whose own source set does not say. */
async function lastGood(
  transaction: EntityManager,
  tenant: string,
  scopes: readonly ClusterScope[],
  { rules: good, position }: StoredVersion,
  desired: ReadonlyMap<string, DesiredRule>,
): Promise<DeclaredRule[]> {
  const asked: EarlierForm[] = [];
  const ask = (rule: DesiredRule, at: Position) => (asked.push({ rule, position: at }), []);
  lastGoodRules({ good, position, desired, sourcesToday: ask });
  const sources = await earlierSources(transaction, asked, scopes);
  const sourcesToday = (rule: DesiredRule) =>
    desiredRule({ ...rule, tenant }, sources.get(ruleKey(rule)) ?? []).prefixes ?? [];
  return lastGoodRules({ good, position, desired, sourcesToday });
}
