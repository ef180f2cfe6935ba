import { declaredRules } from './apply-attempts.js';
import { type DevicePlace } from './device-place.js';
import { type DeclarationApplied, type DeclarationRefused, type DeviceEvent } from './device-events.js';
import { driftEnded, driftFound } from './project-drift.js';
import { findPin } from './pins.js';
import { projectPin, projectRelease, projectResync, projectRetry } from './project-command.js';
import { beginHolds, writeHolds } from './projection/write-holds.js';
import { removalExamined, removalRefused, removalRequested, tenantRemoved } from './removal.js';
import { writeQuarantine } from './quarantine.js';
import { takeoverApproved, takeoverFound } from './takeover.js';
import { tenantProgress, writeProgress } from './tenant-progress.js';
import { type TenantScope } from './tenant-scope.js';
import {
  reportRules,
  settleDeclaredRules,
  settleLastGoodRules,
  settlePinnedRules,
  settleRules,
  settleUnchangedRules,
} from './tenant-statuses.js';

/** Brings tenants, held ranges and statuses up to an event of a device, whether it was appended just now or is replayed. */
export async function projectDeviceEvent(place: DevicePlace, event: DeviceEvent): Promise<void> {
  switch (event.type) {
    case 'declaration-applied':
      return applied(place, event);
    case 'declaration-refused':
      return refused(place, event);
    case 'tenant-unchanged':
      return unchanged(place, event);
    case 'tenant-reported':
      return reported(place, event);
    case 'takeover-found':
      return takeoverFound(place, event);
    case 'takeover-approved':
      return takeoverApproved(place, event);
    case 'removal-requested':
      return removalRequested(place, event);
    case 'removal-examined':
      return removalExamined(place, event);
    case 'drift-found':
      return driftFound(place, event);
    case 'drift-ended':
      return driftEnded(place, event);
    case 'resync-requested':
      return projectResync(place, event);
    case 'retry-requested':
      return projectRetry(place, event);
    case 'tenant-pinned':
      return projectPin(place, event);
    case 'tenant-released':
      return projectRelease(place, event);
  }
}

async function applied(place: DevicePlace, event: DeclarationApplied): Promise<void> {
  const { transaction, device, recordedAt } = place;
  const { tenant, version, purpose, position, heldBack } = event;
  const rules = await declaredRules(transaction, { device, tenant, version });
  await writeHolds(transaction, { device, tenant, version, rules, ...intervalOf(event) });
  const scope: TenantScope = { device, tenant, upTo: position, at: recordedAt };
  switch (purpose) {
    case 'change':
      await settleRules(transaction, scope, version, heldBack);
      break;
    case 'isolation':
    case 'put-back':
      await settleDeclaredRules(transaction, scope, version, heldBack, rules);
      break;
    case 'last-good':
      await settleLastGoodRules(transaction, scope, version, heldBack, rules);
      break;
    case 'rollback':
      await settlePinnedRules(transaction, scope, version, heldBack, rules);
      break;
    case 'removal':
      return tenantRemoved(place, event);
    case 'interim':
      // The declaration that follows settles the rules.
      break;
  }
  if (purpose !== 'interim') await writeQuarantine(transaction, device, tenant, heldBack);
  const whole = purpose === 'change' || purpose === 'last-good' || purpose === 'rollback';
  const good = purpose === 'change' || purpose === 'isolation' || purpose === 'rollback';
  await writeProgress(transaction, scope, {
    version,
    // Also a tenant that was in step is not any more, until a declaration of all that is desired is through.
    ...(whole ? { applied: position } : { wanted: position }),
    ...(good ? { goodVersion: version } : {}),
    ...(purpose === 'change' || purpose === 'rollback' ? { settledVersion: version } : {}),
    outcome: { outcome: 'applied', reason: null, message: null },
  });
}

/** The device holds what it held before, and what it took. Rules of an earlier version that are refused say nothing about those of today. */
async function refused(place: DevicePlace, event: DeclarationRefused): Promise<void> {
  const { transaction, device, recordedAt } = place;
  const { tenant, version, purpose, position, reason, message, permanent, isolating = false, taken } = event;
  if (purpose === 'removal') await removalRefused(place, event);
  const scope: TenantScope = { device, tenant, upTo: position, at: recordedAt };
  if (purpose !== 'last-good') {
    const { applied: after } = await tenantProgress(transaction, device, tenant);
    const state = permanent && !isolating ? 'failed' : 'waiting';
    await reportRules(transaction, scope, after, { state, reason, message });
  }
  if (taken !== undefined) {
    const rules = await declaredRules(transaction, { device, tenant, version });
    // Which addresses were among what it took, nobody says: it may hold all of them, beside those of before.
    await beginHolds(transaction, { device, tenant, version, rules, ...intervalOf(taken) });
  }
  await writeProgress(transaction, scope, {
    ...(taken === undefined ? {} : { wanted: position }),
    outcome: { outcome: 'refused', reason, message },
  });
}

function intervalOf({ effectiveFrom, effectiveTo }: Pick<DeclarationApplied, 'effectiveFrom' | 'effectiveTo'>) {
  return { from: new Date(effectiveFrom), to: new Date(effectiveTo) };
}

async function unchanged(
  { transaction, device, recordedAt }: DevicePlace,
  { tenant, position, heldBack }: Extract<DeviceEvent, { type: 'tenant-unchanged' }>,
): Promise<void> {
  const scope: TenantScope = { device, tenant, upTo: position, at: recordedAt };
  const { version } = await tenantProgress(transaction, device, tenant);
  if ((await findPin(transaction, device, tenant)) === null) {
    await settleUnchangedRules(transaction, scope, version ?? 0, heldBack);
  } else {
    const rules = version === null ? [] : await declaredRules(transaction, { device, tenant, version });
    await settlePinnedRules(transaction, scope, version ?? 0, heldBack, rules);
  }
  await writeQuarantine(transaction, device, tenant, heldBack);
  const outcome = { outcome: 'unchanged', reason: null, message: null } as const;
  // It may have come about step by step, together with other tenants.
  const held = version === null ? {} : { goodVersion: version, settledVersion: version };
  await writeProgress(transaction, scope, { applied: position, ...held, outcome });
}

async function reported(
  { transaction, device, recordedAt }: DevicePlace,
  { tenant, state, reason, message }: Extract<DeviceEvent, { type: 'tenant-reported' }>,
): Promise<void> {
  const scope: TenantScope = { device, tenant, upTo: Number.MAX_SAFE_INTEGER, at: recordedAt };
  const { applied: after } = await tenantProgress(transaction, device, tenant);
  await reportRules(transaction, scope, after, { state, reason, message });
  await writeProgress(transaction, scope, { outcome: { outcome: state, reason, message } });
}
