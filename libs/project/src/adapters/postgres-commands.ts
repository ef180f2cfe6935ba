import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager } from 'typeorm';
import { identity } from '../domain/event-identity.js';
import { storable } from '../domain/storable.js';
import {
  type ApproveTakeoverCommand,
  type CommandReceipt,
  NothingInQuarantine,
  NothingToApprove,
  NotPinned,
  type OperatorCommands,
  type ReleaseCommand,
  type RemovalCommand,
  type ResyncCommand,
  type RetryCommand,
  type RetryReceipt,
  type Rollback,
  type RollbackCommand,
  type RollbackTarget,
  TakeoverChanged,
  TenantNotRemovable,
  UnknownTenant,
} from '../ports/commands.js';
import { recordForClusters } from './cluster-records.js';
import { type DeviceEvent, deviceEventRow, type RetryRequested } from './device-events.js';
import { appendEvents } from './event-log.js';
import { findPin } from './pins.js';
import { projectDeviceEvent } from './project-device-event.js';
import { isRemovalOpen, removalObstacles } from './removal.js';
import { planRollback, releasedForms } from './rollback.js';
import { inLog, inSnapshot, query } from './sql.js';
import { takeoverStanding } from './takeover.js';
import { tenantProgress } from './tenant-progress.js';

/** Operators' commands: each is recorded, and takes effect, in one transaction. */
export class PostgresCommands implements OperatorCommands {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  requestResync(command: ResyncCommand): Promise<CommandReceipt> {
    return inLog(this.source, (transaction) => recordResync(transaction, command, this.clock.now()));
  }

  requestRetry({ device, of, reason, actor }: RetryCommand): Promise<RetryReceipt> {
    return inLog(this.source, async (transaction) => {
      const rules = await quarantined(transaction, device, of);
      if (rules.length === 0) throw new NothingInQuarantine();
      const event = { type: 'retry-requested', rules, reason, actor } as const;
      const position = await record(transaction, device, event, this.clock.now());
      return { position, rules, tenants: [...new Set(rules.map(({ tenant }) => tenant))].sort() };
    });
  }

  previewRollback(target: RollbackTarget): Promise<Rollback> {
    return inSnapshot(this.source, async (transaction) => {
      await tenantsOf(transaction, target.device, [target.tenant]);
      const { rollback } = await planRollback(transaction, target);
      return rollback;
    });
  }

  requestRollback({ reason, actor, ...target }: RollbackCommand): Promise<Rollback & CommandReceipt> {
    return inLog(this.source, async (transaction) => {
      const { device, tenant } = target;
      await tenantsOf(transaction, device, [tenant]);
      const { rollback, clusters } = await planRollback(transaction, target);
      const { version } = rollback;
      const at = this.clock.now();
      const event = { type: 'tenant-pinned', tenant, version, reason, actor } as const;
      const position = await record(transaction, device, event, at);
      await recordForClusters(transaction, clusters, at);
      return { ...rollback, position, tenants: [tenant] };
    });
  }

  requestRelease({ device, tenant, reason, actor }: ReleaseCommand): Promise<CommandReceipt> {
    return inLog(this.source, async (transaction) => {
      await tenantsOf(transaction, device, [tenant]);
      if ((await findPin(transaction, device, tenant)) === null) throw new NotPinned(device, tenant);
      const at = this.clock.now();
      const position = await record(transaction, device, { type: 'tenant-released', tenant, reason, actor }, at);
      await recordForClusters(transaction, await releasedForms(transaction, device, tenant), at);
      return { position, tenants: [tenant] };
    });
  }

  /** The approval of what was found last, and of nothing else. */
  approveTakeover({ device, tenant, digest, actor }: ApproveTakeoverCommand): Promise<CommandReceipt> {
    return inLog(this.source, async (transaction) => {
      const { found } = await takeoverStanding(transaction, device, tenant);
      const { version } = await tenantProgress(transaction, device, tenant);
      if (found === null || version !== null) throw new NothingToApprove(tenant);
      if (found !== digest) throw new TakeoverChanged(tenant);
      const event = { type: 'takeover-approved', tenant, digest, actor } as const;
      return { position: await record(transaction, device, event, this.clock.now()), tenants: [tenant] };
    });
  }

  requestRemoval({ device, tenant, dryRun, reason, actor }: RemovalCommand): Promise<CommandReceipt> {
    return inLog(this.source, async (transaction) => {
      await tenantsOf(transaction, device, [tenant]);
      const obstacles = await removalObstacles(transaction, device, tenant);
      if (obstacles.length > 0) throw new TenantNotRemovable(tenant, obstacles);
      if (dryRun && (await isRemovalOpen(transaction, device, tenant))) {
        const message = 'Its removal is asked for already; there is nothing to look at beforehand.';
        throw new TenantNotRemovable(tenant, [{ reason: 'AlreadyAsked', message }]);
      }
      const event = { type: 'removal-requested', tenant, dryRun, reason, actor } as const;
      return { position: await record(transaction, device, event, this.clock.now()), tenants: [tenant] };
    });
  }
}

/** Records that a resync is asked for. Only inside of `inLog`. @throws UnknownTenant */
export async function recordResync(
  transaction: EntityManager,
  { device, tenants: asked, actor }: ResyncCommand,
  at: Date,
): Promise<CommandReceipt> {
  const tenants = await tenantsOf(transaction, device, asked);
  const position = await record(transaction, device, { type: 'resync-requested', tenants, actor }, at);
  return { position, tenants };
}

async function record(transaction: EntityManager, device: string, given: DeviceEvent, at: Date): Promise<Position> {
  const event = storable(given);
  const row = deviceEventRow(device, event, identity(['command', randomUUID()]), at);
  const { position, recordedAt } = await appendEvents(transaction, [row], at);
  await projectDeviceEvent({ transaction, device, position, observedAt: at, recordedAt }, event);
  return position;
}

/** @throws UnknownTenant */
async function quarantined(
  transaction: EntityManager,
  device: string,
  of: RetryCommand['of'],
): Promise<RetryRequested['rules']> {
  const [condition, parameters] =
    'uid' in of
      ? ['cluster = $2 AND rule_uid = $3', [device, of.cluster, of.uid]]
      : ['tenant = ANY ($2)', [device, await tenantsOf(transaction, device, of.tenants)]];
  return query(
    transaction,
    `SELECT tenant, cluster, rule_uid AS uid FROM quarantine WHERE device = $1 AND ${condition}
     ORDER BY tenant, cluster, rule_uid`,
    parameters,
  );
}

/** @throws UnknownTenant */
async function tenantsOf(
  transaction: EntityManager,
  device: string,
  tenants: readonly string[] | 'all',
): Promise<readonly string[]> {
  const rows = await query<{ tenant: string }>(
    transaction,
    'SELECT tenant FROM tenant_state WHERE device = $1 ORDER BY tenant',
    [device],
  );
  const known = rows.map(({ tenant }) => tenant);
  if (tenants === 'all') {
    if (known.length === 0) throw new UnknownTenant(device, null);
    return known;
  }
  const unknown = tenants.find((tenant) => !known.includes(tenant));
  if (unknown !== undefined) throw new UnknownTenant(device, unknown);
  return [...new Set(tenants)].sort();
}
