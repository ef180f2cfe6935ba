import { type JsonObject, type JsonValue } from '#core/json';
import { type CommandActor } from '../ports/commands.js';
import { type DeviceEvent, type RetryRequested, type TenantPinned, type TenantReleased } from './device-events.js';
import { type DevicePlace } from './device-place.js';
import { forgetRepairs } from './drift.js';
import { findPin } from './pins.js';
import { query } from './sql.js';
import { releasePinnedRules } from './tenant-statuses.js';

/** Brings the projections up to what operators ask for, whether it was recorded just now or is replayed. */
export async function projectResync(
  place: DevicePlace,
  { tenants, actor }: Extract<DeviceEvent, { type: 'resync-requested' }>,
): Promise<void> {
  await want(place, tenants, 'wanted = $3, resync_position = $3');
  await forgetRepairs(place.transaction, place.device, tenants);
  await audit(place, { tenants, action: 'resync', before: null, after: [...tenants], actor });
}

export async function projectRetry(place: DevicePlace, { rules, reason, actor }: RetryRequested): Promise<void> {
  const { transaction, device, recordedAt } = place;
  await query(
    transaction,
    `UPDATE quarantine AS held SET retry_at = least(retry_at, $3)
     FROM jsonb_to_recordset($2::jsonb) AS row (tenant text, cluster text, uid text)
     WHERE held.device = $1 AND held.tenant = row.tenant AND held.cluster = row.cluster AND held.rule_uid = row.uid`,
    [device, JSON.stringify(rules), recordedAt],
  );
  const tenants = [...new Set(rules.map(({ tenant }) => tenant))].sort();
  const after = { rules: rules.map((rule) => ({ ...rule })), reason };
  await audit(place, { tenants, action: 'retry', before: null, after, actor });
}

export async function projectPin(place: DevicePlace, event: TenantPinned): Promise<void> {
  const { transaction, device, position, recordedAt } = place;
  const { tenant, version, reason, actor } = event;
  const before = await pinJson(place, tenant);
  await query(
    transaction,
    `INSERT INTO tenant_pin (device, tenant, version, position, since, actor, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (device, tenant) DO UPDATE SET version = excluded.version, position = excluded.position,
       since = excluded.since, actor = excluded.actor, reason = excluded.reason`,
    [device, tenant, version, position, recordedAt, JSON.stringify(actor), reason],
  );
  await want(place, [tenant], 'wanted = $3');
  await audit(place, { tenants: [tenant], action: 'rollback', before, after: { version, reason }, actor });
}

export async function projectRelease(place: DevicePlace, { tenant, reason, actor }: TenantReleased): Promise<void> {
  const { transaction, device, recordedAt } = place;
  const before = await pinJson(place, tenant);
  await query(transaction, 'DELETE FROM tenant_pin WHERE device = $1 AND tenant = $2', [device, tenant]);
  await want(place, [tenant], 'wanted = $3');
  await releasePinnedRules(transaction, { device, tenant, upTo: Number.MAX_SAFE_INTEGER, at: recordedAt });
  await audit(place, { tenants: [tenant], action: 'unpin', before, after: { reason }, actor });
}

async function pinJson({ transaction, device }: DevicePlace, tenant: string): Promise<JsonObject | null> {
  const pin = await findPin(transaction, device, tenant);
  return pin === null ? null : { version: pin.version, since: pin.since.toISOString(), reason: pin.reason };
}

/** What was said before a command says nothing about what comes of it. */
async function want(
  { transaction, device, position, observedAt }: DevicePlace,
  tenants: readonly string[],
  wanted: string,
): Promise<void> {
  await query(
    transaction,
    `UPDATE tenant_state SET ${wanted}, pending_since = coalesce(pending_since, $4),
       last_outcome = NULL, last_reason = NULL, last_message = NULL, last_at = NULL
     WHERE device = $1 AND tenant = ANY ($2)`,
    [device, tenants, position, observedAt],
  );
}

interface CommandEntry {
  readonly tenants: readonly string[];
  readonly action: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly actor: CommandActor;
}

/** Writes down who gave a command, and what it said. */
export async function audit(
  { transaction, device, position, observedAt, recordedAt }: DevicePlace,
  { tenants, action, before, after, actor }: CommandEntry,
): Promise<void> {
  await query(
    transaction,
    `INSERT INTO audit_entry (position, device, kind, namespace, name, action, before, after, actor, observed_at,
       recorded_at)
     VALUES ($1, $2, 'Tenant', '', $3, $4, $5, $6, $7, $8, $9)`,
    [
      position,
      device,
      tenants.join(','),
      action,
      before === null ? null : JSON.stringify(before),
      JSON.stringify(after),
      JSON.stringify(actor),
      observedAt,
      recordedAt,
    ],
  );
}
