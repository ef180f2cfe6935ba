import { type Clock } from '#core/clock';
import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager } from 'typeorm';
import { identity } from '../domain/event-identity.js';
import { storable } from '../domain/storable.js';
import { type CommandReceipt, type OperatorCommands, type ResyncCommand, UnknownTenant } from '../ports/commands.js';
import { appendEvents } from './event-log.js';
import { inLog, lastPosition, query } from './sql.js';

/** Operators' commands: each is recorded, and takes effect, in one transaction. */
export class PostgresCommands implements OperatorCommands {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  requestResync(command: ResyncCommand): Promise<CommandReceipt> {
    return inLog(this.source, async (transaction) => {
      const { device, actor } = storable(command);
      const tenants = await tenantsOf(transaction, command);
      const at = this.clock.now();
      const event = {
        eventId: identity(['command', randomUUID()]),
        device,
        cluster: null,
        type: 'resync-requested',
        kind: null,
        uid: null,
        resourceVersion: null,
        data: { tenants, actor: { ...actor } },
        observedAt: at,
      };
      const position = await appendEvents(transaction, await lastPosition(transaction), [event], at);
      await query(
        transaction,
        `UPDATE tenant_state SET wanted = $3, resync_position = $3 WHERE device = $1 AND tenant = ANY ($2)`,
        [device, tenants, position],
      );
      await query(
        transaction,
        `INSERT INTO audit_entry (position, device, kind, namespace, name, action, after, actor, observed_at, recorded_at)
         VALUES ($1, $2, 'Tenant', '', $3, 'resync', $4, $5, $6, $6)`,
        [position, device, tenants.join(','), JSON.stringify(tenants), JSON.stringify(actor), at],
      );
      return { position, tenants };
    });
  }
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
