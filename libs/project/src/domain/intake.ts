import { type Change, type ChangeBatch, type Deletion, type Span } from '#core/change';
import { type Checkpoint } from '#core/checkpoint';
import { isRuleKind, type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { compareVersions, type ResourceVersion } from '#core/resource-version';
import { sameJson } from '#core/same-json';
import { type AppliedEvent, type ClusterModel } from './cluster-model.js';
import { type ClusterEvent, type ConfigurationChanged } from './events.js';

/** Where the projection stands for one kind, with what is needed to tell old messages from new ones. */
export interface KindCheckpoint extends Checkpoint {
  /** How often versions of the kind ran backwards. */
  readonly incarnation: number;
  /** The snapshot that was taken last. */
  readonly snapshotId: string;
  /** When the watcher saw what moved the checkpoint last, milliseconds since 1970. */
  readonly observedAt: number;
}

/** A snapshot all of whose chunks are in. */
export interface Snapshot {
  readonly kind: ObjectKind;
  readonly snapshotId: string;
  readonly resourceVersion: ResourceVersion;
  readonly authoritative: boolean;
  /** When its first chunk was seen, milliseconds since 1970. */
  readonly observedAt: number;
  readonly objects: readonly ClusterObject[];
}

/** What of a message was accepted: the model has taken in the events, in this order, and is to be settled. */
export interface Intake {
  readonly events: readonly AppliedEvent[];
  /** The checkpoints that are other ones now. */
  readonly checkpoints: readonly KindCheckpoint[];
}

export type Checkpoints = ReadonlyMap<ObjectKind, KindCheckpoint>;

/**
 * Takes in a batch of changes, kind by kind (promise 3). A kind counts when its span continues the checkpoint; what the
 * checkpoint has passed was seen before; a span that begins beyond it shows that a batch is missing: a gap, and nothing of
 * the kind is taken until a snapshot closes it.
 */
export function takeBatch(model: ClusterModel, checkpoints: Checkpoints, batch: ChangeBatch): Intake {
  const observedAt = Date.parse(batch.observedAt);
  const moved = new Map<ObjectKind, KindCheckpoint>();
  const takenFrom = new Map<ObjectKind, ResourceVersion>();
  for (const span of batch.spans) {
    const checkpoint = checkpoints.get(span.kind);
    if (checkpoint === undefined || checkpoint.gap) continue;
    const verdict = judgeSpan(span, checkpoint);
    if (verdict === 'gap') moved.set(span.kind, { ...checkpoint, gap: true });
    if (verdict !== 'continues') continue;
    takenFrom.set(span.kind, checkpoint.resourceVersion);
    const seen = Math.max(observedAt, checkpoint.observedAt);
    moved.set(span.kind, { ...checkpoint, resourceVersion: span.to, observedAt: seen });
  }
  const events = batch.changes.flatMap((change) => {
    const { kind, resourceVersion } = change.type === 'upsert' ? change.object : change;
    const from = takenFrom.get(kind);
    return from !== undefined && compareVersions(resourceVersion, from) > 0 ? takeChange(model, change) : [];
  });
  return { events, checkpoints: [...moved.values()] };
}

function judgeSpan(span: Span, checkpoint: KindCheckpoint): 'continues' | 'seen' | 'gap' {
  if (compareVersions(span.to, checkpoint.resourceVersion) <= 0) return 'seen';
  return compareVersions(span.from, checkpoint.resourceVersion) <= 0 ? 'continues' : 'gap';
}

function takeChange(model: ClusterModel, change: Change): AppliedEvent[] {
  if (change.type === 'delete') {
    const current = model.objects.get(change.kind, change.uid);
    const gone = current !== undefined && compareVersions(change.resourceVersion, current.resourceVersion) >= 0;
    return gone ? accept(model, [change]) : [];
  }
  const { object } = change;
  const current = model.objects.get(object.kind, object.uid);
  const newer = current === undefined || compareVersions(object.resourceVersion, current.resourceVersion) > 0;
  return newer ? takeObject(model, object) : [];
}

/**
 * Clocks of two watchers that follow each other differ, and a batch is seen a little before its last change. A list that
 * was seen at least so much later than the checkpoint and is older all the same proves that versions ran backwards.
 */
const clockTolerance = 5_000;

/**
 * Takes in a snapshot: what it holds is so, and what is stored and not in it, and no newer than it, is gone. A snapshot
 * older than the checkpoint is passed over, unless its list asked for no version and was seen later: then the cluster's
 * store was restored, and a new incarnation begins (promise 3).
 */
export function takeSnapshot(model: ClusterModel, checkpoint: KindCheckpoint | undefined, snapshot: Snapshot): Intake {
  const { kind, snapshotId, resourceVersion, observedAt } = snapshot;
  const nothing: Intake = { events: [], checkpoints: [] };
  if (checkpoint?.snapshotId === snapshotId) return nothing;
  const backwards = checkpoint !== undefined && compareVersions(resourceVersion, checkpoint.resourceVersion) < 0;
  if (backwards && !snapshot.authoritative) return nothing;
  if (backwards && observedAt < checkpoint.observedAt + clockTolerance) {
    // Perhaps only overtaken on its way by another watcher's batch. The next list will tell.
    return { events: [], checkpoints: [{ ...checkpoint, gap: true }] };
  }
  const restored = backwards || (checkpoint !== undefined && contradicts(model, checkpoint, snapshot));
  const incarnation = (checkpoint?.incarnation ?? 0) + (restored ? 1 : 0);
  const events = [
    ...(restored ? accept(model, [{ type: 'incarnation-began', kind, incarnation }]) : []),
    ...snapshot.objects.flatMap((object) => takeObject(model, object)),
    ...missingFrom(model, snapshot, restored).flatMap((deletion) => accept(model, [deletion])),
    ...(checkpoint === undefined ? accept(model, [{ type: 'kind-synced', kind }]) : []),
  ];
  return { events, checkpoints: [{ kind, resourceVersion, gap: false, incarnation, snapshotId, observedAt }] };
}

/**
 * Everything up to the checkpoint was seen. News with a version that it has passed means that the cluster lived through
 * these versions once before, and otherwise: its store was restored, and has overtaken the checkpoint since.
 */
function contradicts(model: ClusterModel, checkpoint: KindCheckpoint, snapshot: Snapshot): boolean {
  return snapshot.objects.some(
    (object) =>
      compareVersions(object.resourceVersion, checkpoint.resourceVersion) <= 0 &&
      !sameContent(object, model.objects.get(object.kind, object.uid)),
  );
}

function missingFrom(model: ClusterModel, snapshot: Snapshot, restored: boolean): Deletion[] {
  const present = new Set(snapshot.objects.map((object) => object.uid));
  const missing: Deletion[] = [];
  for (const { kind, uid, namespace, name, resourceVersion } of model.objects.ofKind(snapshot.kind)) {
    if (present.has(uid)) continue;
    if (!restored && compareVersions(resourceVersion, snapshot.resourceVersion) > 0) continue;
    missing.push({ type: 'delete', kind, uid, namespace, name, resourceVersion: snapshot.resourceVersion });
  }
  return missing;
}

/** An object that says nothing new is no event. One that takes the name of another one shows that the other is gone. */
function takeObject(model: ClusterModel, object: ClusterObject): AppliedEvent[] {
  const { kind, uid, namespace, name, resourceVersion } = object;
  if (sameContent(object, model.objects.get(kind, uid))) return [];
  const namesake = model.objects.named(kind, namespace, name);
  const replaced: ClusterEvent[] =
    namesake === undefined || namesake.uid === uid
      ? []
      : [{ type: 'delete', kind, uid: namesake.uid, namespace, name, resourceVersion }];
  return accept(model, [...replaced, { type: 'upsert', object }]);
}

function accept(model: ClusterModel, events: readonly ClusterEvent[]): AppliedEvent[] {
  return events.map((event) => model.apply(event));
}

/** Of rules the generation counts as well: their status has to say which one it speaks of. */
function sameContent(object: ClusterObject, current: ClusterObject | undefined): boolean {
  if (current === undefined) return false;
  if (isRuleKind(object.kind) && object.generation !== current.generation) return false;
  return sameJson(object.content, current.content);
}

/**
 * Takes in a configuration that was understood. It is news when its text, the controller's namespace or the scheme of
 * judgement differs from what is in force.
 */
export function takeConfiguration(model: ClusterModel, next: ConfigurationChanged): Intake {
  const current = model.configurationEvent;
  const same =
    current?.text === next.text &&
    current.controllerNamespace === next.controllerNamespace &&
    current.judgement === next.judgement;
  return { events: same ? [] : accept(model, [next]), checkpoints: [] };
}
