import { type SnapshotChunk } from '#core/change';
import { type ClusterObject } from '#core/objects';
import { type EntityManager } from 'typeorm';
import { type Snapshot } from '../domain/intake.js';
import { query } from './sql.js';

/**
 * Keeps the chunks of a snapshot until all of them are in, and gives the snapshot then. A snapshot that is not complete
 * when a newer one of its kind begins never will be: it is forgotten. A late chunk of an older one is passed over.
 */
export async function buffer(transaction: EntityManager, chunk: SnapshotChunk): Promise<Snapshot | null> {
  const { cluster, kind, snapshotId } = chunk;
  const others = await query(
    transaction,
    `SELECT FROM snapshot_chunk WHERE cluster = $1 AND kind = $2 AND snapshot_id <> $3
     HAVING min(observed_at) > $4`,
    [cluster, kind, snapshotId, chunk.observedAt],
  );
  if (others.length > 0) return null;
  await query(transaction, 'DELETE FROM snapshot_chunk WHERE cluster = $1 AND kind = $2 AND snapshot_id <> $3', [
    cluster,
    kind,
    snapshotId,
  ]);
  if (chunk.index === 0 && chunk.last) {
    return { ...chunk, observedAt: Date.parse(chunk.observedAt) };
  }
  await keep(transaction, chunk);
  return take(transaction, chunk);
}

async function keep(transaction: EntityManager, chunk: SnapshotChunk): Promise<void> {
  await query(
    transaction,
    `INSERT INTO snapshot_chunk (cluster, kind, snapshot_id, index, last, resource_version, authoritative, observed_at,
       objects)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (cluster, kind, snapshot_id, index) DO NOTHING`,
    [
      chunk.cluster,
      chunk.kind,
      chunk.snapshotId,
      chunk.index,
      chunk.last,
      chunk.resourceVersion,
      chunk.authoritative,
      chunk.observedAt,
      JSON.stringify(chunk.objects),
    ],
  );
}

/** Takes the chunks out of the buffer when none is missing. */
async function take(transaction: EntityManager, chunk: SnapshotChunk): Promise<Snapshot | null> {
  const { cluster, kind, snapshotId, resourceVersion, authoritative } = chunk;
  const complete = await query(
    transaction,
    `SELECT FROM snapshot_chunk WHERE cluster = $1 AND kind = $2 AND snapshot_id = $3
     HAVING count(*) = max(index) FILTER (WHERE last) + 1`,
    [cluster, kind, snapshotId],
  );
  if (complete.length === 0) return null;
  const chunks = await query<{ observed_at: Date; objects: readonly ClusterObject[] }>(
    transaction,
    `WITH gone AS (
       DELETE FROM snapshot_chunk WHERE cluster = $1 AND kind = $2 AND snapshot_id = $3 RETURNING *)
     SELECT observed_at, objects FROM gone ORDER BY index`,
    [cluster, kind, snapshotId],
  );
  return {
    kind,
    snapshotId,
    resourceVersion,
    authoritative,
    observedAt: Math.min(...chunks.map((row) => row.observed_at.getTime())),
    objects: chunks.flatMap((row) => row.objects),
  };
}
