import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

/** What tenants want: these rows are the outbox, and whoever reads them needs no message. */
export class TenantChanges implements TableChanges {
  private readonly wanted = new Map<string, number>();

  take({ effects, position }: SettledBatch): void {
    for (const tenant of effects.tenants) this.wanted.set(tenant, position);
  }

  async write({ transaction, device }: Target): Promise<void> {
    if (device === null || this.wanted.size === 0) return;
    await query(
      transaction,
      `INSERT INTO tenant_state (device, tenant, wanted, applied)
       SELECT $1, tenant, wanted, 0 FROM unnest($2::text[], $3::bigint[]) AS row (tenant, wanted)
       ON CONFLICT (device, tenant) DO UPDATE SET wanted = greatest(tenant_state.wanted, excluded.wanted)`,
      [device, [...this.wanted.keys()], [...this.wanted.values()]],
    );
  }
}
