import { type Clock } from '#core/clock';
import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager } from 'typeorm';
import { identity } from '../domain/event-identity.js';
import { storable } from '../domain/storable.js';
import { type CommandReceipt, type OperatorCommands, type ResyncCommand, UnknownTenant } from '../ports/commands.js';
import { deviceEventRow } from './device-events.js';
import { appendEvents } from './event-log.js';
import { projectDeviceEvent } from './project-device-event.js';
import { inLog, query } from './sql.js';

/** Operators' commands: each is recorded, and takes effect, in one transaction. */
export class PostgresCommands implements OperatorCommands {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  requestResync(command: ResyncCommand): Promise<CommandReceipt> {
    return inLog(this.source, (transaction) => recordResync(transaction, command, this.clock.now()));
  }
}

/** Records that a resync is asked for. Only inside of `inLog`. @throws UnknownTenant */
export async function recordResync(
  transaction: EntityManager,
  command: ResyncCommand,
  at: Date,
): Promise<CommandReceipt> {
  const { device } = command;
  const tenants = await tenantsOf(transaction, command);
  const event = storable({ type: 'resync-requested', tenants, actor: command.actor } as const);
  const row = deviceEventRow(device, event, identity(['command', randomUUID()]), at);
  const { position, recordedAt } = await appendEvents(transaction, [row], at);
  await projectDeviceEvent({ transaction, device, position, observedAt: at, recordedAt }, event);
  return { position, tenants };
}

/** @throws UnknownTenant */
async function tenantsOf(transaction: EntityManager, { device, tenants }: ResyncCommand): Promise<readonly string[]> {
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
