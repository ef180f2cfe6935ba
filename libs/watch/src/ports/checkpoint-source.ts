import { type ClusterCheckpoints } from '#core/checkpoint';

/** Where the projection stands. */
export interface CheckpointSource {
  /** The checkpoints of the cluster by that name; none, and no digest, before anything of it was projected. */
  read(cluster: string): Promise<ClusterCheckpoints>;
}
