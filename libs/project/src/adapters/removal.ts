import { commonTenant } from '#core/configuration';
import { parseConfiguration } from '#core/configuration-parser';
import { type EntityManager } from 'typeorm';
import { tenantsOf } from '../domain/cluster-model.js';
import { type OpenRemoval, type RemovalFinding, type RemovalObstacle } from '../ports/removal.js';
import { type RemovalSummary } from '../ports/queries.js';
import {
  type DeclarationApplied,
  type DeclarationRefused,
  type RemovalExamined,
  type RemovalRequested,
} from './device-events.js';
import { type DevicePlace } from './device-place.js';
import { findPin } from './pins.js';
import { audit } from './project-command.js';
import { type Connection, lastPosition, query } from './sql.js';

/** What the projections say against removing a tenant that the device has. */
export async function removalObstacles(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<readonly RemovalObstacle[]> {
  if (tenant === commonTenant) {
    return [{ reason: 'Common', message: 'It is part of every BIG-IP, and AS3 never removes it.' }];
  }
  const ofClusters = await clusterObstacles(transaction, device, tenant);
  if (ofClusters.length > 0) return ofClusters;
  return [
    ...(await pinObstacles(transaction, device, tenant)),
    ...(await contentObstacles(transaction, device, tenant)),
  ];
}

async function clusterObstacles(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<RemovalObstacle[]> {
  const clusters = await query<{ name: string; configuration_text: string; complete: boolean }>(
    transaction,
    `SELECT name, configuration_text, complete FROM cluster
     WHERE device = $1 AND configuration_text IS NOT NULL ORDER BY name`,
    [device],
  );
  return clusters.flatMap(({ name, configuration_text: text, complete }): RemovalObstacle[] => {
    const { configuration } = parseConfiguration(text);
    if (configuration === null || tenantsOf(configuration).includes(tenant)) {
      return [{ reason: 'Configured', message: `The configuration of the cluster "${name}" still names it.` }];
    }
    if (configuration.observe) {
      const message = `The cluster "${name}" only observes (\`observe: true\`): nothing is written to the device.`;
      return [{ reason: 'Observing', message }];
    }
    const unknown = `Not all of the cluster "${name}" is known yet; \`ces status\` shows when it is.`;
    return complete ? [] : [{ reason: 'ClusterUnknown', message: unknown }];
  });
}

async function pinObstacles(transaction: EntityManager, device: string, tenant: string): Promise<RemovalObstacle[]> {
  const pin = await findPin(transaction, device, tenant);
  if (pin === null) return [];
  const message = `It is pinned to version ${String(pin.version)}; release it with \`ces unpin ${tenant}\` first.`;
  return [{ reason: 'Pinned', message }];
}

/** Only a tenant that was emptied of our rules, as one is that left the configuration. */
async function contentObstacles(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<RemovalObstacle[]> {
  const filled = await query(
    transaction,
    `SELECT FROM tenant_state AS state LEFT JOIN apply_attempt AS held USING (device, tenant, version)
     WHERE device = $1 AND tenant = $2 AND (greatest(wanted, resync_position) > applied OR rule_count > 0
       OR EXISTS (SELECT FROM rule WHERE rule.device = $1 AND rule.tenant = $2))`,
    [device, tenant],
  );
  if (filled.length === 0) return [];
  const message = 'The device is not rid of its rules yet; `ces tenants` shows what it waits for.';
  return [{ reason: 'NotEmptied', message }];
}

/** Whether its removal, and not only a look, was asked for and is not over. */
export async function isRemovalOpen(transaction: EntityManager, device: string, tenant: string): Promise<boolean> {
  const rows = await query(
    transaction,
    `SELECT FROM tenant_removal WHERE device = $1 AND tenant = $2 AND state = 'open' AND NOT dry_run`,
    [device, tenant],
  );
  return rows.length > 0;
}

export async function openRemovals(transaction: EntityManager, device: string): Promise<OpenRemoval[]> {
  const rows = await query<{ tenant: string; position: string; dry_run: boolean }>(
    transaction,
    `SELECT tenant, position, dry_run FROM tenant_removal WHERE device = $1 AND state = 'open' ORDER BY tenant`,
    [device],
  );
  const covers = await lastPosition(transaction);
  const removals: OpenRemoval[] = [];
  for (const { tenant, position, dry_run: dryRun } of rows) {
    const obstacles = await removalObstacles(transaction, device, tenant);
    removals.push({ tenant, position: Number(position), dryRun, covers, obstacles });
  }
  return removals;
}

/** The last request of each tenant, by device and tenant. */
export async function listRemovals(connection: Connection, device?: string): Promise<RemovalSummary[]> {
  const rows = await query<
    Pick<RemovalSummary, 'device' | 'tenant' | 'reason' | 'actor' | 'state' | 'finding'> & {
      position: string;
      dry_run: boolean;
      asked_at: Date;
      ended_at: Date | null;
    }
  >(
    connection,
    `SELECT device, tenant, position, dry_run, reason, actor, asked_at, state, finding, ended_at FROM tenant_removal
     WHERE $1::text IS NULL OR device = $1 ORDER BY device, tenant`,
    [device ?? null],
  );
  return rows.map(({ position, dry_run: dryRun, asked_at: askedAt, ended_at: endedAt, ...row }) => ({
    ...row,
    position: Number(position),
    dryRun,
    askedAt,
    endedAt,
  }));
}

/** A look changes nothing, and is not in the audit. */
export async function removalRequested(place: DevicePlace, event: RemovalRequested): Promise<void> {
  const { transaction, device, position, recordedAt } = place;
  const { tenant, dryRun, reason, actor } = event;
  await query(
    transaction,
    `INSERT INTO tenant_removal (device, tenant, position, dry_run, reason, actor, asked_at, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')
     ON CONFLICT (device, tenant) DO UPDATE SET position = excluded.position, dry_run = excluded.dry_run,
       reason = excluded.reason, actor = excluded.actor, asked_at = excluded.asked_at, state = 'open', finding = NULL,
       ended_at = NULL`,
    [device, tenant, position, dryRun, reason, JSON.stringify(actor), recordedAt],
  );
  if (!dryRun) await audit(place, { tenants: [tenant], action: 'remove', before: null, after: { reason }, actor });
}

export async function removalExamined(
  place: DevicePlace,
  { tenant, request, finding }: RemovalExamined,
): Promise<void> {
  const { transaction, device, recordedAt } = place;
  await query(
    transaction,
    `UPDATE tenant_removal SET state = CASE WHEN dry_run THEN 'shown' ELSE 'refused' END, finding = $4, ended_at = $5
     WHERE device = $1 AND tenant = $2 AND position = $3 AND state = 'open'`,
    [device, tenant, request, JSON.stringify(finding), recordedAt],
  );
}

/** What will be refused each time is over; after anything else it is tried again. */
export async function removalRefused(place: DevicePlace, event: DeclarationRefused): Promise<void> {
  if (!event.permanent) return;
  const { transaction, device, recordedAt } = place;
  const finding: RemovalFinding = {
    stored: true,
    objects: [],
    count: 0,
    obstacles: [{ reason: 'Refused', message: event.message }],
  };
  await query(
    transaction,
    `UPDATE tenant_removal SET state = 'refused', finding = $3, ended_at = $4
     WHERE device = $1 AND tenant = $2 AND state = 'open' AND NOT dry_run`,
    [device, event.tenant, JSON.stringify(finding), recordedAt],
  );
}

/**
 * The device has no such tenant any more: it is forgotten, but for what was recorded of it. If a configuration names it
 * again by now, what is wanted of it stays, and it is met as for the first time.
 */
export async function tenantRemoved(place: DevicePlace, { tenant, position }: DeclarationApplied): Promise<void> {
  const { transaction, device, recordedAt } = place;
  await query(
    transaction,
    `UPDATE tenant_removal SET state = 'removed', ended_at = $3
     WHERE device = $1 AND tenant = $2 AND state = 'open' AND NOT dry_run`,
    [device, tenant, recordedAt],
  );
  for (const table of ['tenant_drift', 'takeover', 'quarantine']) {
    await query(transaction, `DELETE FROM ${table} WHERE device = $1 AND tenant = $2`, [device, tenant]);
  }
  await query(transaction, 'DELETE FROM tenant_state WHERE device = $1 AND tenant = $2 AND wanted <= $3', [
    device,
    tenant,
    position,
  ]);
  await query(
    transaction,
    `UPDATE tenant_state SET applied = 0, version = NULL, good_version = NULL, settled_version = NULL,
       resync_position = NULL, last_outcome = NULL, last_reason = NULL, last_message = NULL, last_at = NULL
     WHERE device = $1 AND tenant = $2`,
    [device, tenant],
  );
}
