import {
  declarationPath,
  type DeclarationPath,
  declarationsQuery,
  type DeclarationsQuery,
  removalsQuery,
  type RemovalsQuery,
  rulePath,
  type RulePath,
  rulesQuery,
  type RulesQuery,
  takeoversQuery,
  type TakeoversQuery,
  tenantsQuery,
  type TenantsQuery,
} from '#report/api/requests';
import {
  type ClusterSummary,
  type DeclarationDetail,
  type DeclarationSummary,
  type Page,
  type RemovalSummary,
  type RuleDetail,
  type RuleSummary,
  type TakeoverSummary,
  type TenantSummary,
} from '#project/ports/queries';
import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { LoopbackGuard } from './loopback.guard.js';
import { NotFound } from './not-found.js';

/** What the projections hold: clusters, rules with their addresses and status, tenants, declarations. Reads only. */
@Controller('api/v1')
@UseGuards(LoopbackGuard)
export class ProjectionsController {
  constructor(@Inject(API_OPTIONS) private readonly options: ApiOptions) {}

  @Get('clusters')
  async clusters(): Promise<{ entries: readonly ClusterSummary[] }> {
    return { entries: await this.options.queries.clusters() };
  }

  @Get('rules')
  rules(@Query({ schema: rulesQuery }) { limit, after, ...filter }: RulesQuery): Promise<Page<RuleSummary>> {
    return this.options.queries.rules(filter, { limit, ...(after === undefined ? {} : { after }) });
  }

  @Get('rules/:cluster/:uid')
  async rule(@Param({ schema: rulePath }) { cluster, uid }: RulePath): Promise<RuleDetail> {
    const rule = await this.options.queries.rule(cluster, uid);
    if (rule === null) throw new NotFound(`The cluster "${cluster}" has no rule with the uid "${uid}".`);
    return rule;
  }

  @Get('tenants')
  async tenants(
    @Query({ schema: tenantsQuery }) { device }: TenantsQuery,
  ): Promise<{ entries: readonly TenantSummary[] }> {
    return { entries: await this.options.queries.tenants(device) };
  }

  @Get('takeovers')
  async takeovers(
    @Query({ schema: takeoversQuery }) { device }: TakeoversQuery,
  ): Promise<{ entries: readonly TakeoverSummary[] }> {
    return { entries: await this.options.queries.takeovers(device) };
  }

  @Get('removals')
  async removals(
    @Query({ schema: removalsQuery }) { device }: RemovalsQuery,
  ): Promise<{ entries: readonly RemovalSummary[] }> {
    return { entries: await this.options.queries.removals(device) };
  }

  @Get('declarations')
  declarations(
    @Query({ schema: declarationsQuery }) { limit, after, ...filter }: DeclarationsQuery,
  ): Promise<Page<DeclarationSummary>> {
    return this.options.queries.declarations(filter, { limit, ...(after === undefined ? {} : { after }) });
  }

  @Get('declarations/:device/:tenant/:version')
  async declaration(
    @Param({ schema: declarationPath }) { device, tenant, version }: DeclarationPath,
  ): Promise<DeclarationDetail> {
    const declaration = await this.options.queries.declaration(device, tenant, version);
    if (declaration === null) {
      throw new NotFound(`The tenant "${tenant}" of the device "${device}" has no version ${version}.`);
    }
    return declaration;
  }
}
