import { query } from '../sql.js';
import { type Batch } from './batch.js';

/** Raises what tenants want: these rows are the outbox, and whoever reads them needs no message. */
export async function writeTenants(
  { transaction, device, position }: Pick<Batch, 'transaction' | 'device' | 'position'>,
  tenants: readonly string[],
): Promise<void> {
  if (tenants.length === 0) return;
  await query(
    transaction,
    `INSERT INTO tenant_state (device, tenant, wanted, applied)
     SELECT $1, tenant, $3, 0 FROM unnest($2::text[]) AS tenant
     ON CONFLICT (device, tenant) DO UPDATE SET wanted = greatest(tenant_state.wanted, excluded.wanted)`,
    [device, tenants, position],
  );
}
