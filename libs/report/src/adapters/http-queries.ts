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
} from '#project/ports/queries';
import { operations } from '../api/operations.js';
import { type ApiConnection } from './api-connection.js';
import { orNull } from './or-null.js';

/** The projections as the API tells them: for whoever has no database at hand. */
export class HttpQueries implements ProjectionQueries {
  constructor(private readonly api: ApiConnection) {}

  async clusters(): Promise<readonly ClusterSummary[]> {
    return (await this.api.call(operations.clusters)).entries;
  }

  rules(filter: RuleFilter, page: PageRequest): Promise<Page<RuleSummary>> {
    return this.api.call(operations.rules, { query: { ...filter, ...page } });
  }

  rule(cluster: string, uid: string): Promise<RuleDetail | null> {
    return orNull(this.api.call(operations.rule, { path: { cluster, uid } }));
  }

  async tenants(device?: string): Promise<readonly TenantSummary[]> {
    return (await this.api.call(operations.tenants, { query: { device } })).entries;
  }

  async takeovers(device?: string): Promise<readonly TakeoverSummary[]> {
    return (await this.api.call(operations.takeovers, { query: { device } })).entries;
  }

  async removals(device?: string): Promise<readonly RemovalSummary[]> {
    return (await this.api.call(operations.removals, { query: { device } })).entries;
  }

  declarations(filter: DeclarationFilter, page: PageRequest): Promise<Page<DeclarationSummary>> {
    return this.api.call(operations.declarations, { query: { ...filter, ...page } });
  }

  declaration(device: string, tenant: string, version: number): Promise<DeclarationDetail | null> {
    return orNull(this.api.call(operations.declaration, { path: { device, tenant, version } }));
  }
}
