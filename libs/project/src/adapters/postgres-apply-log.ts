import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type DataSource, type EntityManager } from 'typeorm';
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
  declaredRules,
  insertAttempt,
  openAttempts,
  type StoredAttempt,
} from './apply-attempts.js';
import { acquireLease, assertLease, releaseLease, renewLease } from './device-lease.js';
import { appendEvents } from './event-log.js';
import { writeHolds } from './projection/write-holds.js';
import { inLog, lastPosition, query } from './sql.js';
import { appliedPosition, writeProgress } from './tenant-progress.js';
import {
  reportRules,
  settleLastGoodRules,
  settleRules,
  settleWaitingRules,
  type TenantScope,
} from './tenant-statuses.js';

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
    return this.inLease(lease, async (transaction) => {
      const stored = await attemptForUpdate(transaction, lease.device, attempt);
      // The answer to an earlier call was lost.
      if (stored.outcome === outcome.type) return;
      if (stored.outcome !== null) throw new Error(`the attempt ${attempt} was concluded before as ${stored.outcome}`);
      const at = this.clock.now();
      const answer = { ...outcome, ...safeTexts(outcome) };
      await recordAnswer(transaction, stored, answer, at);
      await closeAttempt(transaction, stored, answer, at);
      if (answer.type === 'applied') await applied(transaction, stored, answer, at);
      else await refused(transaction, stored, answer, at);
    });
  }

  unchanged(lease: Lease, tenant: string, position: Position, heldBack: readonly HeldBackRule[] = []): Promise<void> {
    return this.inLease(lease, async (transaction) => {
      const { device } = lease;
      const at = this.clock.now();
      const before = await appliedPosition(transaction, device, tenant);
      const rows = await query<{ version: number | null }>(
        transaction,
        'SELECT version FROM tenant_state WHERE device = $1 AND tenant = $2',
        [device, tenant],
      );
      const version = rows[0]?.version ?? 0;
      await settleWaitingRules(
        transaction,
        { device, tenant, upTo: position, at },
        before,
        version,
        storable(heldBack),
      );
      const outcome = { outcome: 'unchanged', reason: null, message: null } as const;
      await writeProgress(transaction, device, tenant, { applied: position, outcome }, at);
    });
  }

  report(lease: Lease, tenant: string, report: TenantReport): Promise<void> {
    return this.inLease(lease, async (transaction) => {
      const { device } = lease;
      const at = this.clock.now();
      const after = await appliedPosition(transaction, device, tenant);
      const { state, reason, message } = storable(report);
      const scope = { device, tenant, upTo: Number.MAX_SAFE_INTEGER, at };
      await reportRules(transaction, scope, after, { state, reason, message });
      await writeProgress(transaction, device, tenant, { outcome: { outcome: state, reason, message } }, at);
    });
  }

  private inLease<Result>(lease: Lease, work: (transaction: EntityManager) => Promise<Result>): Promise<Result> {
    return inLog(this.source, async (transaction) => {
      await assertLease(transaction, lease);
      return work(transaction);
    });
  }
}

type Applied = Extract<AttemptOutcome, { type: 'applied' }>;
type Refused = Extract<AttemptOutcome, { type: 'refused' }>;

async function applied(transaction: EntityManager, attempt: StoredAttempt, outcome: Applied, at: Date): Promise<void> {
  const { device, tenant, version, purpose, position } = attempt;
  const rules = await declaredRules(transaction, attempt);
  await writeHolds(transaction, {
    device,
    tenant,
    version,
    rules,
    from: outcome.effectiveFrom,
    to: outcome.effectiveTo,
  });
  const scope: TenantScope = { device, tenant, upTo: position, at };
  switch (purpose) {
    case 'change':
      await settleRules(transaction, scope, version, outcome.heldBack);
      break;
    case 'last-good':
      await settleLastGoodRules(transaction, scope, version, outcome.heldBack, rules);
      break;
    case 'interim':
      // The rules are there, and what they no longer need still is: the declaration that follows settles them.
      break;
  }
  await writeProgress(
    transaction,
    device,
    tenant,
    {
      version,
      ...(purpose === 'interim' ? {} : { applied: position }),
      ...(purpose === 'change' ? { goodVersion: version } : {}),
      outcome: { outcome: 'applied', reason: null, message: null },
    },
    at,
  );
}

/** The device holds what it held before. Rules of an earlier version that are refused say nothing about those of today. */
async function refused(transaction: EntityManager, attempt: StoredAttempt, outcome: Refused, at: Date): Promise<void> {
  const { device, tenant, purpose, position } = attempt;
  const { reason, message, permanent } = outcome;
  if (purpose !== 'last-good') {
    const after = await appliedPosition(transaction, device, tenant);
    const report: TenantReport = { state: permanent ? 'failed' : 'waiting', reason, message };
    await reportRules(transaction, { device, tenant, upTo: position, at }, after, report);
  }
  await writeProgress(transaction, device, tenant, { outcome: { outcome: 'refused', reason, message } }, at);
}

async function recordAnswer(
  transaction: EntityManager,
  attempt: StoredAttempt,
  outcome: AttemptOutcome,
  at: Date,
): Promise<void> {
  const { id, device, tenant, version, purpose, position, digest } = attempt;
  const data = { attempt: id, tenant, version, purpose, position, digest, ...outcome };
  await appendEvents(
    transaction,
    await lastPosition(transaction),
    [
      {
        eventId: identity(['declaration', device, id]),
        device,
        cluster: null,
        type: `declaration-${outcome.type}`,
        kind: null,
        uid: null,
        resourceVersion: null,
        data: JSON.parse(JSON.stringify(data)) as JsonObject,
        observedAt: outcome.type === 'applied' ? outcome.effectiveTo : at,
      },
    ],
    at,
  );
}

/** A device may say anything. */
function safeTexts(outcome: AttemptOutcome): object {
  return outcome.type === 'applied'
    ? { heldBack: storable(outcome.heldBack) }
    : { reason: storable(outcome.reason), message: storable(outcome.message) };
}
