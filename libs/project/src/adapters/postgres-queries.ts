import {
  type ClusterSummary,
  type DeclarationDetail,
  type DeclarationFilter,
  type DeclarationSummary,
  type Page,
  type PageRequest,
  type ProjectionQueries,
  type RuleDetail,
  type RuleFilter,
  type RuleSummary,
  type RemovalSummary,
  type TakeoverSummary,
  type TenantSummary,
} from '../ports/queries.js';
import { findDeclaration, listDeclarations, listTenants } from './declaration-queries.js';
import { ClusterEntity } from './entities/cluster.entity.js';
import { listRemovals } from './removal.js';
import { findRule, listRules } from './rule-queries.js';
import { type Connection, inSnapshot } from './sql.js';
import { listTakeovers } from './takeover.js';

/** What the API and the command line ask, answered by Postgres. */
export class PostgresQueries implements ProjectionQueries {
  constructor(private readonly connection: Connection) {}

  async clusters(): Promise<readonly ClusterSummary[]> {
    const rows = await this.connection.getRepository(ClusterEntity).find({ order: { name: 'ASC' } });
    return rows.map(({ name, device, complete, position }) => ({ cluster: name, device, complete, position }));
  }

  rules(filter: RuleFilter, page: PageRequest): Promise<Page<RuleSummary>> {
    return listRules(this.connection, filter, page);
  }

  rule(cluster: string, uid: string): Promise<RuleDetail | null> {
    return inSnapshot(this.connection, (transaction) => findRule(transaction, cluster, uid));
  }

  tenants(device?: string): Promise<readonly TenantSummary[]> {
    return listTenants(this.connection, device);
  }

  takeovers(device?: string): Promise<readonly TakeoverSummary[]> {
    return listTakeovers(this.connection, device);
  }

  removals(device?: string): Promise<readonly RemovalSummary[]> {
    return listRemovals(this.connection, device);
  }

  declarations(filter: DeclarationFilter, page: PageRequest): Promise<Page<DeclarationSummary>> {
    return listDeclarations(this.connection, filter, page);
  }

  declaration(device: string, tenant: string, version: number): Promise<DeclarationDetail | null> {
    return findDeclaration(this.connection, device, tenant, version);
  }
}
