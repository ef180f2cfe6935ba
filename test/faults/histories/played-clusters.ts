import { type StreamMessage } from '#core/change';
import { type ClusterObject } from '#core/objects';
import { Projector } from '#project/adapters/projector';
import { lastPosition, query } from '#project/adapters/sql';
import { type DataSource } from 'typeorm';
import { ActedCluster } from './acted-cluster.js';
import { type Permitted } from './permitted.js';
import { ReferenceModel } from './reference-model.js';
import { type Cluster, clusters, configurationText, controllerNamespace, type Plan } from './scenery.js';
import { type SimulatedTime } from './simulated-time.js';
import { type ClusterChange, type SomeChanges } from './steps.js';

export type Delivery = 'once' | 'twice' | 'late' | 'lost';

/** The clusters of a history, the stream that loses and doubles what they tell, and the projectors at its end. */
export class PlayedClusters {
  private readonly acted = new Map(clusters.map((name) => [name, new ActedCluster(name)]));
  private readonly plans = new Map<Cluster, Plan>();
  private readonly projectors = new Map<Cluster, Projector>();
  private readonly late = new Map<Cluster, StreamMessage>();
  private model: ReferenceModel | null = null;

  constructor(
    private readonly source: DataSource,
    private readonly time: SimulatedTime,
    private readonly permitted: Permitted,
  ) {}

  /** Everything that is there at the start, listed for the first time. */
  async begin(plan: Plan, population: readonly ClusterChange[]): Promise<void> {
    for (const cluster of this.acted.values()) cluster.act(population);
    await this.configure(plan);
    await this.listAll();
    await this.remember();
  }

  async change({ cluster, changes }: SomeChanges, delivery: Delivery): Promise<void> {
    const batch = this.cluster(cluster).act(changes);
    if (batch === null || delivery === 'lost') return;
    if (delivery === 'late' && !this.late.has(cluster)) {
      this.late.set(cluster, batch);
      return;
    }
    await this.deliver(batch);
    if (delivery === 'twice') await this.deliver(batch);
    await this.deliverLate(cluster);
  }

  async endPods(): Promise<void> {
    for (const cluster of this.acted.values()) {
      const batch = cluster.endPods();
      if (batch !== null) await this.deliver(batch);
    }
  }

  async configure(plan: Plan, indent = 0): Promise<void> {
    for (const cluster of clusters) {
      this.plans.set(cluster, plan);
      await this.deliver(this.cluster(cluster).observed.configuration(configurationText(cluster, plan, indent)));
    }
  }

  /** The same configuration in another text: it is news, and changes nothing. */
  async configureAgain(): Promise<void> {
    const plan = this.plans.get(clusters[0]);
    if (plan !== undefined) await this.configure(plan, 1);
  }

  async list(name: Cluster): Promise<void> {
    for (const message of this.cluster(name).observed.snapshotOfAll()) await this.deliver(message);
  }

  /** What is still on its way arrives, and whatever was lost is listed again. */
  async listAll(): Promise<void> {
    for (const cluster of clusters) {
      await this.deliverLate(cluster);
      await this.list(cluster);
    }
  }

  /** Another process goes on where the last one has committed. */
  restartProjector(cluster: Cluster): void {
    this.projectors.delete(cluster);
  }

  objects(cluster: Cluster): ReadonlyMap<string, ClusterObject> {
    return this.cluster(cluster).observed.objects;
  }

  private async deliverLate(cluster: Cluster): Promise<void> {
    const message = this.late.get(cluster);
    this.late.delete(cluster);
    if (message !== undefined) await this.deliver(message);
  }

  private async deliver(message: StreamMessage): Promise<void> {
    this.time.pass(1_000);
    const cluster = this.cluster(message.cluster);
    cluster.observed.now = this.time.ours.now();
    const projected = await this.projector(cluster.name).project(message);
    if (projected.outcome === 'refused') throw new Error(`a message was refused: ${projected.reason}`);
    if (projected.events.length > 0 && this.model !== null) await this.remember();
  }

  /** The projections say which objects are known by now; what they mean, the model says. */
  private async remember(): Promise<void> {
    const rows = await query<{ cluster: string; object: ClusterObject }>(
      this.source,
      `SELECT cluster, to_jsonb(row) || jsonb_build_object('createdAt', created_at, 'resourceVersion', resource_version)
         AS object FROM cluster_object AS row`,
    );
    const known = clusters.flatMap((cluster) => {
      const plan = this.plans.get(cluster);
      const objects = rows.filter((row) => row.cluster === cluster).map(({ object }) => object);
      return plan === undefined ? [] : [{ cluster, plan, objects }];
    });
    this.model = new ReferenceModel(known, this.model);
    this.permitted.add(await lastPosition(this.source), this.model);
  }

  private projector(cluster: Cluster): Projector {
    const present = this.projectors.get(cluster);
    if (present !== undefined) return present;
    const { source, time } = this;
    const projector = new Projector({ source, clock: time.ours, cluster, controllerNamespace });
    this.projectors.set(cluster, projector);
    return projector;
  }

  private cluster(name: string): ActedCluster {
    const found = [...this.acted.values()].find((cluster) => cluster.name === name);
    if (found === undefined) throw new Error(`there is no cluster "${name}"`);
    return found;
  }
}
