import { type ClusterObject, type ObjectReference } from '#core/objects';
import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

interface Upserted {
  readonly object: ClusterObject;
  readonly position: number;
}

/** The current objects: of several events about one object, the last one counts. */
export class ObjectChanges implements TableChanges {
  private readonly upserted = new Map<string, Upserted>();
  private readonly deleted = new Map<string, ObjectReference>();

  take({ events, position }: SettledBatch): void {
    for (const { event } of events) {
      if (event.type === 'upsert') {
        const key = `${event.object.kind} ${event.object.uid}`;
        this.upserted.set(key, { object: event.object, position });
        this.deleted.delete(key);
      } else if (event.type === 'delete') {
        const key = `${event.kind} ${event.uid}`;
        this.deleted.set(key, event);
        this.upserted.delete(key);
      }
    }
  }

  async write(target: Target): Promise<void> {
    await upsert(target, [...this.upserted.values()]);
    await remove(target, [...this.deleted.values()]);
  }
}

async function upsert({ transaction, cluster }: Target, upserted: readonly Upserted[]): Promise<void> {
  if (upserted.length === 0) return;
  const rows = upserted.map(({ object, position }) => ({
    kind: object.kind,
    uid: object.uid,
    namespace: object.namespace,
    name: object.name,
    resource_version: object.resourceVersion,
    generation: object.generation,
    created_at: object.createdAt,
    manager: object.manager,
    content: object.content,
    position,
  }));
  await query(
    transaction,
    `INSERT INTO cluster_object (cluster, kind, uid, namespace, name, resource_version, generation, created_at, manager,
       content, position)
     SELECT $2, kind, uid, namespace, name, resource_version, generation, created_at, manager, content, position
     FROM jsonb_to_recordset($1::jsonb) AS row (kind text, uid text, namespace text, name text, resource_version text,
       generation integer, created_at text, manager text, content jsonb, position bigint)
     ON CONFLICT (cluster, kind, uid) DO UPDATE SET
       namespace = excluded.namespace, name = excluded.name, resource_version = excluded.resource_version,
       generation = excluded.generation, created_at = excluded.created_at, manager = excluded.manager,
       content = excluded.content, position = excluded.position`,
    [JSON.stringify(rows), cluster],
  );
}

async function remove({ transaction, cluster }: Target, objects: readonly ObjectReference[]): Promise<void> {
  if (objects.length === 0) return;
  await query(
    transaction,
    `DELETE FROM cluster_object AS object USING unnest($2::text[], $3::text[]) AS gone (kind, uid)
     WHERE object.cluster = $1 AND object.kind = gone.kind AND object.uid = gone.uid`,
    [cluster, objects.map(({ kind }) => kind), objects.map(({ uid }) => uid)],
  );
}
