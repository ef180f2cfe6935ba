import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

/** What tenants want: these rows are the outbox, and whoever reads them needs no message. */
export class TenantChanges implements TableChanges {
  private readonly wanted = new Map<string, { readonly position: number; readonly since: Date }>();

  take({ effects, position, observedAt }: SettledBatch): void {
    for (const tenant of effects.tenants) {
      this.wanted.set(tenant, { position, since: this.wanted.get(tenant)?.since ?? observedAt });
    }
  }

  async write({ transaction, device }: Target): Promise<void> {
    if (device === null || this.wanted.size === 0) return;
    const wanted = [...this.wanted.values()];
    await query(
      transaction,
      `INSERT INTO tenant_state AS present (device, tenant, wanted, applied, pending_since)
       SELECT $1, tenant, wanted, 0, since
       FROM unnest($2::text[], $3::bigint[], $4::timestamptz[]) AS row (tenant, wanted, since)
       ON CONFLICT (device, tenant) DO UPDATE SET wanted = greatest(present.wanted, excluded.wanted),
         pending_since = coalesce(present.pending_since, excluded.pending_since)`,
      [device, [...this.wanted.keys()], wanted.map(({ position }) => position), wanted.map(({ since }) => since)],
    );
  }
}
