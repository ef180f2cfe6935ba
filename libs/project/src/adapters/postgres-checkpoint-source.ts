import { type ClusterCheckpoints } from '#core/checkpoint';
import { type DataSource } from 'typeorm';
import { CheckpointEntity } from './entities/checkpoint.entity.js';
import { ClusterEntity } from './entities/cluster.entity.js';
import { inSnapshot } from './sql.js';

/** Where the projection of a cluster stands; the port is `CheckpointSource` of libs/watch. */
export class PostgresCheckpointSource {
  constructor(private readonly source: DataSource) {}

  /** None, and no digest, before anything of the cluster was projected. */
  async read(cluster: string): Promise<ClusterCheckpoints> {
    return inSnapshot(this.source, async (transaction) => {
      const checkpoints = await transaction.find(CheckpointEntity, { where: { cluster }, order: { kind: 'ASC' } });
      const row = await transaction.findOne(ClusterEntity, { where: { name: cluster } });
      return {
        checkpoints: checkpoints.map(({ kind, resourceVersion, gap }) => ({ kind, resourceVersion, gap })),
        configurationDigest: row?.configurationDigest ?? null,
      };
    });
  }
}
