import {
  type Change,
  type ChangeBatch,
  type ConfigurationMessage,
  type SnapshotChunk,
  type StreamMessage,
  streamVersion,
} from '#core/change';
import { objectKinds, type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';

/**
 * A cluster as a watcher tells of it: keeps the objects, counts the versions, and gives the messages of the stream.
 * Time stands still unless a test moves it.
 */
export class ObservedCluster {
  readonly objects = new Map<string, ClusterObject>();
  now = new Date('2026-01-01T00:00:00Z');
  private version = 1;
  private snapshots = 0;
  private readonly reached = new Map<ObjectKind, string>();

  constructor(readonly name = 'k8s') {}

  configuration(text: string): ConfigurationMessage {
    return { ...this.message(), form: 'configuration', text };
  }

  /** Puts objects there without telling anybody; a snapshot will. */
  add(...objects: readonly ClusterObject[]): this {
    for (const object of objects) this.objects.set(object.uid, this.versioned(object));
    return this;
  }

  /** The complete set of one kind, as one chunk. */
  snapshot(kind: ObjectKind): SnapshotChunk {
    this.snapshots += 1;
    const resourceVersion = String(this.version);
    this.reached.set(kind, resourceVersion);
    const objects = [...this.objects.values()].filter((object) => object.kind === kind);
    const snapshotId = `snapshot-${this.snapshots}`;
    return {
      ...this.message(),
      form: 'snapshot',
      snapshotId,
      kind,
      index: 0,
      last: true,
      resourceVersion,
      authoritative: true,
      objects,
    };
  }

  /** A snapshot of every kind: what a watcher sends first. */
  snapshotOfAll(): StreamMessage[] {
    return objectKinds.map((kind) => this.snapshot(kind));
  }

  /** Creates or changes objects, and tells of it in one batch. */
  upsert(...objects: readonly ClusterObject[]): ChangeBatch {
    return this.batch(
      objects.map((object) => {
        this.version += 1;
        const versioned = this.versioned(object);
        this.objects.set(object.uid, versioned);
        return { type: 'upsert', object: versioned };
      }),
    );
  }

  /** Deletes objects, and tells of it in one batch. */
  remove(...objects: readonly ClusterObject[]): ChangeBatch {
    return this.batch(
      objects.map(({ kind, uid, namespace, name }) => {
        this.version += 1;
        this.objects.delete(uid);
        return { type: 'delete', kind, uid, namespace, name, resourceVersion: String(this.version) };
      }),
    );
  }

  /** Several batches as the one that a watcher would have made of them within its 20 ms. */
  together(...batches: readonly ChangeBatch[]): ChangeBatch {
    const changes = batches.flatMap((batch) => batch.changes);
    const kinds = [...new Set(batches.flatMap((batch) => batch.spans.map((span) => span.kind)))];
    const spans = kinds.map((kind) => {
      const own = batches.flatMap((batch) => batch.spans.filter((span) => span.kind === kind));
      return { kind, from: own[0]?.from ?? '0', to: own.at(-1)?.to ?? '0' };
    });
    return { ...this.message(), form: 'changes', spans, changes };
  }

  private batch(changes: readonly Change[]): ChangeBatch {
    const kinds = [...new Set(changes.map((change) => (change.type === 'upsert' ? change.object.kind : change.kind)))];
    const spans = kinds.map((kind) => {
      const from = this.reached.get(kind) ?? '0';
      const to = String(this.version);
      this.reached.set(kind, to);
      return { kind, from, to };
    });
    return { ...this.message(), form: 'changes', spans, changes };
  }

  private versioned<Kind extends ClusterObject>(object: Kind): Kind {
    return { ...object, resourceVersion: String(this.version) };
  }

  private message() {
    return { version: streamVersion, cluster: this.name, observedAt: this.now.toISOString() } as const;
  }
}
