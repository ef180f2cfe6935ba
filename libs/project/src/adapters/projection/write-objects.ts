import { type ClusterObject, type ObjectReference } from '#core/objects';
import { type AppliedEvent } from '../../domain/cluster-model.js';
import { query } from '../sql.js';
import { type Batch } from './batch.js';

/** Brings the current objects up to a batch: of several events about one object, the last one counts. */
export async function writeObjects(batch: Batch, events: readonly AppliedEvent[]): Promise<void> {
  const upserted = new Map<string, ClusterObject>();
  const deleted = new Map<string, ObjectReference>();
  for (const { event } of events) {
    if (event.type === 'upsert') {
      const key = `${event.object.kind} ${event.object.uid}`;
      upserted.set(key, event.object);
      deleted.delete(key);
    } else if (event.type === 'delete') {
      const key = `${event.kind} ${event.uid}`;
      deleted.set(key, event);
      upserted.delete(key);
    }
  }
  await upsert(batch, [...upserted.values()]);
  await remove(batch, [...deleted.values()]);
}

async function upsert({ transaction, cluster, position }: Batch, objects: readonly ClusterObject[]): Promise<void> {
  if (objects.length === 0) return;
  const rows = objects.map((object) => ({
    kind: object.kind,
    uid: object.uid,
    namespace: object.namespace,
    name: object.name,
    resource_version: object.resourceVersion,
    generation: object.generation,
    created_at: object.createdAt,
    manager: object.manager,
    content: object.content,
  }));
  await query(
    transaction,
    `INSERT INTO cluster_object (cluster, kind, uid, namespace, name, resource_version, generation, created_at, manager,
       content, position)
     SELECT $2, kind, uid, namespace, name, resource_version, generation, created_at, manager, content, $3
     FROM jsonb_to_recordset($1::jsonb) AS row (kind text, uid text, namespace text, name text, resource_version text,
       generation integer, created_at text, manager text, content jsonb)
     ON CONFLICT (cluster, kind, uid) DO UPDATE SET
       namespace = excluded.namespace, name = excluded.name, resource_version = excluded.resource_version,
       generation = excluded.generation, created_at = excluded.created_at, manager = excluded.manager,
       content = excluded.content, position = excluded.position`,
    [JSON.stringify(rows), cluster, position],
  );
}

async function remove({ transaction, cluster }: Batch, objects: readonly ObjectReference[]): Promise<void> {
  if (objects.length === 0) return;
  await query(
    transaction,
    `DELETE FROM cluster_object AS object USING unnest($2::text[], $3::text[]) AS gone (kind, uid)
     WHERE object.cluster = $1 AND object.kind = gone.kind AND object.uid = gone.uid`,
    [cluster, objects.map(({ kind }) => kind), objects.map(({ uid }) => uid)],
  );
}
