import { type ConfigurationMessage, type SnapshotChunk, type StreamMessage } from '#core/change';
import { type Clock } from '#core/clock';
import { parseConfiguration } from '#core/configuration-parser';
import { type DataSource, type EntityManager } from 'typeorm';
import { type ClusterModel, type Effects } from '../domain/cluster-model.js';
import { eventId } from '../domain/event-identity.js';
import { type ClusterEvent, type ConfigurationChanged, judgement } from '../domain/events.js';
import {
  type Checkpoints,
  type Intake,
  type KindCheckpoint,
  takeBatch,
  takeConfiguration,
  takeSnapshot,
} from '../domain/intake.js';
import { storable } from '../domain/storable.js';
import { clusterEventRow } from './cluster-events.js';
import { appendEvents } from './event-log.js';
import { type ClusterPlace, clusterPlace, loadCheckpoints, loadModel } from './model-store.js';
import { ProjectionChanges } from './projection/projection-changes.js';
import { writeCheckpoints } from './projection/write-cluster.js';
import { buffer } from './snapshot-buffer.js';
import { inLog } from './sql.js';
import { someKeepsEarlierForms } from './tenant-progress.js';

export interface ProjectorOptions {
  readonly source: DataSource;
  readonly clock: Clock;
  readonly cluster: string;
  /** CES_NAMESPACE: where cluster rules find their external services. */
  readonly controllerNamespace: string;
}

/** What became of a message. */
export type Projected =
  | {
      readonly outcome: 'done';
      /** Types of the events that were accepted, in order. */
      readonly events: readonly ClusterEvent['type'][];
      /** The device whose tenants have, or may have, work now; null when none has. */
      readonly dirty: string | null;
    }
  /** It will never be understood. */
  | { readonly outcome: 'refused'; readonly reason: string };

/** The model as it stands in memory, and of which state of the projections it is. */
interface Loaded {
  readonly model: ClusterModel;
  readonly place: ClusterPlace;
}

/**
 * Turns the messages of one cluster into events and projections, one transaction a message. The cluster's model is kept
 * in memory between messages; after any failure, and when another projector or a replay has written meanwhile, it is
 * loaded anew.
 */
export class Projector {
  private loaded: Loaded | null = null;

  constructor(private readonly options: ProjectorOptions) {}

  /**
   * Projects one message. Idempotent: a message that was projected before changes nothing.
   * @throws what the database throws; then nothing was written.
   */
  async project(message: StreamMessage): Promise<Projected> {
    const { cluster } = this.options;
    if (message.cluster !== cluster) {
      return { outcome: 'refused', reason: `it is of the cluster "${message.cluster}", and this is "${cluster}"` };
    }
    const problem = message.form === 'configuration' ? problemOf(message) : null;
    if (problem !== null) return { outcome: 'refused', reason: problem };
    return this.inModel(new Date(message.observedAt), (model, checkpoints, transaction) =>
      this.take(storable(message), model, checkpoints, transaction),
    );
  }

  /**
   * Has the configuration recorded again when it was judged for another controller namespace, or by an earlier scheme.
   * To be called once, before the first message.
   */
  async renewJudgement(): Promise<Projected> {
    return this.inModel(this.options.clock.now(), (model) => {
      const current = model.configurationEvent;
      return Promise.resolve(current === null ? nothing : takeConfiguration(model, this.judged(current.text)));
    });
  }

  /** Marks a gap for every kind of a batch that was set aside, so that the watcher lists these kinds again at once. */
  async setAside(message: StreamMessage): Promise<void> {
    if (message.form !== 'changes') return;
    const kinds = new Set(message.spans.map((span) => span.kind));
    await this.inModel(new Date(message.observedAt), (_, checkpoints) => {
      const marked = [...checkpoints.values()].filter(({ kind }) => kinds.has(kind));
      return Promise.resolve({ events: [], checkpoints: marked.map((checkpoint) => ({ ...checkpoint, gap: true })) });
    });
  }

  private async take(
    message: StreamMessage,
    model: ClusterModel,
    checkpoints: Checkpoints,
    transaction: EntityManager,
  ): Promise<Intake> {
    switch (message.form) {
      case 'changes':
        return takeBatch(model, checkpoints, message);
      case 'snapshot':
        return this.takeChunk(message, model, checkpoints, transaction);
      case 'configuration':
        return takeConfiguration(model, this.judged(message.text));
    }
  }

  private async takeChunk(
    chunk: SnapshotChunk,
    model: ClusterModel,
    checkpoints: Checkpoints,
    transaction: EntityManager,
  ): Promise<Intake> {
    const checkpoint = checkpoints.get(chunk.kind);
    if (checkpoint?.snapshotId === chunk.snapshotId) return nothing;
    const snapshot = await buffer(transaction, chunk);
    return snapshot === null ? nothing : takeSnapshot(model, checkpoint, snapshot);
  }

  private judged(text: string): ConfigurationChanged {
    const { controllerNamespace } = this.options;
    return { type: 'configuration-changed', text, controllerNamespace, judgement };
  }

  /** Runs `take` against the current model and writes what it accepted, all in one transaction. */
  private async inModel(
    observedAt: Date,
    take: (model: ClusterModel, checkpoints: Checkpoints, transaction: EntityManager) => Promise<Intake>,
  ): Promise<Projected> {
    const before = this.loaded;
    // Until the transaction has committed, nobody may rely on what is in memory.
    this.loaded = null;
    const { loaded, projected } = await inLog(this.options.source, async (transaction) => {
      const { model, place } = await this.current(transaction, before);
      const { position, replayedAt } = place;
      const checkpoints = await loadCheckpoints(transaction, this.options.cluster);
      const intake = await take(model, checkpoints, transaction);
      const effects = model.settle();
      const reached = await this.write(transaction, { intake, effects, model, checkpoints, position, observedAt });
      const dirty = await dirtyDevice(transaction, intake, effects, model);
      const projected: Projected = { outcome: 'done', events: intake.events.map(({ event }) => event.type), dirty };
      return { loaded: { model, place: { position: reached, replayedAt } }, projected };
    });
    this.loaded = loaded;
    return projected;
  }

  private async current(transaction: EntityManager, before: Loaded | null): Promise<Loaded> {
    const place = await clusterPlace(transaction, this.options.cluster);
    if (before?.place.position === place.position && before.place.replayedAt === place.replayedAt) return before;
    return { model: await loadModel(transaction, this.options.cluster), place };
  }

  private async write(
    transaction: EntityManager,
    { intake, effects, model, checkpoints, position, observedAt }: Writing,
  ): Promise<number> {
    const { cluster, clock } = this.options;
    let reached = position;
    if (intake.events.length > 0) {
      const device = model.configuration?.deviceName ?? null;
      const incarnations = new Map([...checkpoints.values(), ...intake.checkpoints].map((row) => [row.kind, row]));
      const origin = {
        cluster,
        position,
        incarnationOf: (kind: KindCheckpoint['kind']) => incarnations.get(kind)?.incarnation ?? 0,
      };
      const events = intake.events.map(({ event }) =>
        clusterEventRow(event, eventId(event, origin), { cluster, device, observedAt }),
      );
      const appended = await appendEvents(transaction, events, clock.now());
      const changes = new ProjectionChanges(cluster, model);
      changes.take({ ...appended, observedAt, events: intake.events, effects });
      await changes.write(transaction);
      reached = appended.position;
    }
    await writeCheckpoints(transaction, cluster, intake.checkpoints);
    return reached;
  }
}

interface Writing {
  readonly intake: Intake;
  readonly effects: Effects;
  readonly model: ClusterModel;
  readonly checkpoints: Checkpoints;
  readonly position: number;
  readonly observedAt: Date;
}

const nothing: Intake = { events: [], checkpoints: [] };

function problemOf(message: ConfigurationMessage): string | null {
  const { configuration, problems } = parseConfiguration(message.text);
  if (configuration === null) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    return `ces-conf.yaml is not understood: ${errors.map(({ key, line, message: text }) => `line ${line}: ${key} ${text}`).join('; ')}`;
  }
  if (configuration.clusterName === message.cluster) return null;
  return `ces-conf.yaml names the cluster "${configuration.clusterName}", and the message is of "${message.cluster}"`;
}

/** Which addresses rules in an earlier form have, only the worker finds out. */
async function dirtyDevice(
  transaction: EntityManager,
  { events }: Intake,
  { tenants }: Effects,
  model: ClusterModel,
): Promise<string | null> {
  const device = model.configuration?.deviceName ?? null;
  if (device === null || tenants.length > 0) return device;
  return events.length > 0 && (await someKeepsEarlierForms(transaction, device)) ? device : null;
}
