import { type Change, type ChangeBatch, type SnapshotChunk, type StreamMessage } from '#core/change';
import { type Checkpoint, type ClusterCheckpoints } from '#core/checkpoint';
import { type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { configurationDigest } from '#watch/adapters/configuration-publisher';
import { type ChangeSink } from '#watch/ports/change-sink';
import { type CheckpointSource } from '#watch/ports/checkpoint-source';

/**
 * A stream and a projection in memory: it keeps the messages that it takes, and what a projector would make of them.
 * It can be away (`close`), refuse (`refuse`) and lose messages (`lose`).
 */
export class RecordingSink implements ChangeSink, CheckpointSource {
  readonly messages: StreamMessage[] = [];
  readonly #objects = new Map<ObjectKind, Map<string, ClusterObject>>();
  readonly #checkpoints = new Map<ObjectKind, Checkpoint>();
  readonly #chunks = new Map<string, SnapshotChunk[]>();
  #configurationDigest: string | null = null;
  #waiting: (() => void)[] | null = null;
  #refusals = 0;
  #losses = 0;

  async publish(message: StreamMessage): Promise<void> {
    const waiting = this.#waiting;
    if (waiting !== null) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
    if (this.#refusals > 0) {
      this.#refusals -= 1;
      throw new Error('The stream refuses the message.');
    }
    if (this.#losses > 0) {
      this.#losses -= 1;
      return;
    }
    this.messages.push(message);
    this.#project(message);
  }

  read(): Promise<ClusterCheckpoints> {
    return Promise.resolve({
      checkpoints: [...this.#checkpoints.values()],
      configurationDigest: this.#configurationDigest,
    });
  }

  /** From now on nothing is taken. */
  close(): void {
    this.#waiting ??= [];
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const resume of waiting) resume();
  }

  refuse(times: number): void {
    this.#refusals += times;
  }

  /** How many messages are still to be lost. */
  get losses(): number {
    return this.#losses;
  }

  /** Takes so many messages and forgets them, as a Redis without persistence does. */
  lose(times: number): void {
    this.#losses += times;
  }

  get batches(): readonly ChangeBatch[] {
    return this.messages.filter((message) => message.form === 'changes');
  }

  get chunks(): readonly SnapshotChunk[] {
    return this.messages.filter((message) => message.form === 'snapshot');
  }

  changes(kind: ObjectKind): readonly Change[] {
    return this.batches
      .flatMap(({ changes }) => changes)
      .filter((change) => (change.type === 'delete' ? change.kind : change.object.kind) === kind);
  }

  /** The objects of a kind that a projection has now. */
  objects(kind: ObjectKind): readonly ClusterObject[] {
    return [...(this.#objects.get(kind)?.values() ?? [])];
  }

  /** Their names in one namespace, sorted. */
  names(kind: ObjectKind, namespace: string): readonly string[] {
    return this.objects(kind)
      .filter((object) => object.namespace === namespace)
      .map(({ name }) => name)
      .sort();
  }

  checkpoint(kind: ObjectKind): Checkpoint | undefined {
    return this.#checkpoints.get(kind);
  }

  /** Where a projection stands that was fed by somebody else. */
  stand(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint.kind, checkpoint);
  }

  #project(message: StreamMessage): void {
    switch (message.form) {
      case 'configuration':
        this.#configurationDigest = configurationDigest(message.text);
        return;
      case 'snapshot':
        this.#projectChunk(message);
        return;
      case 'changes':
        this.#projectBatch(message);
    }
  }

  #projectBatch({ spans, changes }: ChangeBatch): void {
    for (const { kind, from, to } of spans) {
      const checkpoint = this.#checkpoints.get(kind);
      const gap = checkpoint === undefined || checkpoint.gap || BigInt(from) > BigInt(checkpoint.resourceVersion);
      const resourceVersion = gap ? (checkpoint?.resourceVersion ?? '0') : to;
      this.#checkpoints.set(kind, { kind, gap, resourceVersion });
    }
    for (const change of changes) {
      if (change.type === 'delete') this.#of(change.kind).delete(change.uid);
      else this.#of(change.object.kind).set(change.object.uid, change.object);
    }
  }

  #projectChunk(chunk: SnapshotChunk): void {
    const { kind, resourceVersion } = chunk;
    const chunks = this.#chunks.get(chunk.snapshotId) ?? [];
    chunks[chunk.index] = chunk;
    this.#chunks.set(chunk.snapshotId, chunks);
    const last = chunks.findIndex((each) => each.last);
    if (last < 0 || chunks.filter(Boolean).length !== last + 1) return;
    this.#objects.set(kind, new Map(chunks.flatMap(({ objects }) => objects.map((object) => [object.uid, object]))));
    this.#checkpoints.set(kind, { kind, resourceVersion, gap: false });
  }

  #of(kind: ObjectKind): Map<string, ClusterObject> {
    const objects = this.#objects.get(kind) ?? new Map<string, ClusterObject>();
    this.#objects.set(kind, objects);
    return objects;
  }
}
