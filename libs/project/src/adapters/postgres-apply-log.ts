import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type DataSource } from 'typeorm';
import { identity } from '../domain/event-identity.js';
import { storable } from '../domain/storable.js';
import {
  type ApplyLog,
  type AttemptOutcome,
  type HeldBackRule,
  type Lease,
  type OpenAttempt,
  type PlannedAttempt,
  type TenantReport,
} from '../ports/apply-log.js';
import {
  attemptForUpdate,
  closeAttempt,
  insertAttempt,
  openAttempts,
  type StoredAttempt,
  strayedTenants,
  withdrawAttempt,
} from './apply-attempts.js';
import { forgetTenant, recordForClusters } from './cluster-records.js';
import { type DeviceEvent } from './device-events.js';
import { acquireLease, assertLease, releaseLease, renewLease } from './device-lease.js';
import { inLease, recordDeviceEvent } from './record-device-event.js';
import { type TakeoverFinding } from '../ports/takeover.js';
import { query } from './sql.js';
import { takeoverStanding } from './takeover.js';
import { tenantProgress } from './tenant-progress.js';
import { isReported } from './tenant-statuses.js';

/** What the worker writes down, in Postgres. Every commit checks the lease's epoch in its own transaction (promise 6). */
export class PostgresApplyLog implements ApplyLog {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  acquire(device: string, holder: string, milliseconds: number): Promise<Lease | null> {
    return acquireLease(this.source, device, holder, milliseconds);
  }

  renew(lease: Lease, milliseconds: number): Promise<void> {
    return renewLease(this.source, lease, milliseconds);
  }

  release(lease: Lease): Promise<void> {
    return releaseLease(this.source, lease);
  }

  openAttempts(device: string): Promise<readonly OpenAttempt[]> {
    return openAttempts(this.source, device);
  }

  strayed(device: string): Promise<readonly string[]> {
    return strayedTenants(this.source, device);
  }

  begin(lease: Lease, attempt: PlannedAttempt): Promise<{ readonly id: number; readonly version: number }> {
    return this.source.transaction(async (transaction) => {
      await assertLease(transaction, lease);
      return insertAttempt(transaction, lease.device, lease.epoch, storable(attempt), this.clock.now());
    });
  }

  posted(lease: Lease, attempt: number, task: string): Promise<void> {
    return this.source.transaction(async (transaction) => {
      await assertLease(transaction, lease);
      const { id } = await attemptForUpdate(transaction, lease.device, attempt);
      await query(transaction, 'UPDATE apply_attempt SET task = $2 WHERE id = $1', [id, task]);
    });
  }

  conclude(lease: Lease, attempt: number, outcome: AttemptOutcome): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      if (outcome.type === 'withdrawn') {
        await withdrawAttempt(transaction, lease.device, attempt);
        return;
      }
      const stored = await attemptForUpdate(transaction, lease.device, attempt);
      // The answer to an earlier call was lost.
      if (stored.outcome === outcome.type) return;
      if (stored.outcome !== null) throw new Error(`the attempt ${attempt} was concluded before as ${stored.outcome}`);
      const event = storable(answerOf(stored, outcome));
      await closeAttempt(transaction, stored, event, this.clock.now());
      const eventId = identity(['declaration', lease.device, stored.id]);
      await recordDeviceEvent(transaction, lease.device, event, this.clock, eventId);
      if (stored.purpose !== 'removal' || outcome.type !== 'applied') return;
      const forgetting = await forgetTenant(transaction, lease.device, stored.tenant);
      await recordForClusters(transaction, forgetting, this.clock.now());
    });
  }

  unchanged(lease: Lease, tenant: string, position: Position, heldBack: readonly HeldBackRule[] = []): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      const { applied } = await tenantProgress(transaction, lease.device, tenant);
      if (applied >= position) return;
      await recordDeviceEvent(
        transaction,
        lease.device,
        storable({ type: 'tenant-unchanged', tenant, position, heldBack }),
        this.clock,
      );
    });
  }

  takeoverFound(lease: Lease, tenant: string, finding: TakeoverFinding): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      const { found } = await takeoverStanding(transaction, lease.device, tenant);
      if (found === finding.digest) return;
      const event = storable({ type: 'takeover-found', tenant, finding } as const);
      await recordDeviceEvent(transaction, lease.device, event, this.clock);
    });
  }

  report(lease: Lease, tenant: string, { state, reason, message }: TenantReport): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      const report = storable({ state, reason, message });
      // During an outage the same is said again and again; the log has it once.
      if (await isReported(transaction, lease.device, tenant, report)) return;
      await recordDeviceEvent(transaction, lease.device, { type: 'tenant-reported', tenant, ...report }, this.clock);
    });
  }
}

function answerOf(
  { id, tenant, version, purpose, position }: StoredAttempt,
  outcome: Exclude<AttemptOutcome, { type: 'withdrawn' }>,
): Extract<DeviceEvent, { type: `declaration-${string}` }> {
  const attempt = { attempt: id, tenant, version, purpose, position };
  switch (outcome.type) {
    case 'applied': {
      const { heldBack } = outcome;
      return { type: 'declaration-applied', ...attempt, ...asTexts(outcome), heldBack };
    }
    case 'refused': {
      const { type: _, taken, ...refusal } = outcome;
      const partly = taken === undefined ? {} : { taken: { part: taken.part, ...asTexts(taken) } };
      return { type: 'declaration-refused', ...attempt, ...refusal, ...partly };
    }
  }
}

function asTexts({ effectiveFrom, effectiveTo }: { readonly effectiveFrom: Date; readonly effectiveTo: Date }) {
  return { effectiveFrom: effectiveFrom.toISOString(), effectiveTo: effectiveTo.toISOString() };
}
