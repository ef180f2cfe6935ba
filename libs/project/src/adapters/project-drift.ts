import { differenceTrees } from '../domain/drift-difference.js';
import { driftMessage } from '../domain/drift-message.js';
import { declaredRules } from './apply-attempts.js';
import { type DriftEnded, type DriftFound } from './device-events.js';
import { type DevicePlace } from './device-place.js';
import { endDrift, writeDrift } from './drift.js';
import { writeHolds } from './projection/write-holds.js';
import { query } from './sql.js';
import { tenantProgress } from './tenant-progress.js';
import { type TenantScope } from './tenant-scope.js';
import { driftRules, restoreRules } from './tenant-statuses.js';

/** Brings holds, statuses, the audit history and the outbox up to drift that was noticed. */
export async function driftFound(place: DevicePlace, event: DriftFound): Promise<void> {
  const { transaction, device, position, observedAt, recordedAt } = place;
  const { tenant, action, before, drift } = event;
  const scope: TenantScope = { device, tenant, upTo: Number.MAX_SAFE_INTEGER, at: recordedAt };
  await changeHolds(place, event, drift.held);
  await driftRules(transaction, scope, drift.rules, driftMessage(drift.message, action));
  await writeDrift(transaction, device, event, position, recordedAt);
  const { applied, found } = differenceTrees(drift);
  const { message, by, furtherObjects } = drift;
  const more = furtherObjects === 0 ? {} : { furtherObjects };
  await query(
    transaction,
    `INSERT INTO audit_entry (position, device, kind, namespace, name, action, before, after, observed_at,
       recorded_at)
     VALUES ($1, $2, 'Tenant', '', $3, 'drift', $4, $5, $6, $7)`,
    [
      ...[position, device, tenant, JSON.stringify(applied)],
      JSON.stringify({ ...found, ...more, message, by, response: action, asAppliedUntil: before }),
      ...[observedAt, recordedAt],
    ],
  );
  if (action !== 'repair') return;
  await query(
    transaction,
    `UPDATE tenant_state SET wanted = $3, resync_position = $3, pending_since = coalesce(pending_since, $4)
     WHERE device = $1 AND tenant = $2`,
    [device, tenant, position, observedAt],
  );
}

/** The device holds again what was applied. */
export async function driftEnded(place: DevicePlace, event: DriftEnded): Promise<void> {
  const { transaction, device, recordedAt } = place;
  const { tenant } = event;
  const { version } = await tenantProgress(transaction, device, tenant);
  await changeHolds(place, event, undefined);
  const scope: TenantScope = { device, tenant, upTo: Number.MAX_SAFE_INTEGER, at: recordedAt };
  await restoreRules(transaction, scope, version ?? 0);
  await endDrift(transaction, device, tenant, recordedAt);
}

/** Between the look before and this one the device came to hold something else than it did. */
async function changeHolds(
  { transaction, device, observedAt }: DevicePlace,
  { tenant, before }: DriftFound | DriftEnded,
  instead: DriftFound['drift']['held'] | undefined,
): Promise<void> {
  const { version } = await tenantProgress(transaction, device, tenant);
  if (version === null) return;
  const rules = await declaredRules(transaction, { device, tenant, version });
  const from = new Date(before);
  await writeHolds(transaction, {
    ...{ device, tenant, version, rules, to: observedAt },
    from: from < observedAt ? from : observedAt,
    ...(instead === undefined ? {} : { instead }),
  });
}
