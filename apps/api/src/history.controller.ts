import {
  type AuditPath,
  auditPath,
  type AuditQuery,
  auditQuery,
  type GrantsQuery,
  grantsQuery,
} from '#report/api/requests';
import { type AddressHistory, type AuditDetail, type AuditEntry } from '#project/ports/history';
import { type Page } from '#project/ports/queries';
import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { LoopbackGuard } from './loopback.guard.js';
import { NotFound } from './not-found.js';

/** Who was allowed what, when, and by whose hand. Reads only. */
@Controller('api/v1')
@UseGuards(LoopbackGuard)
export class HistoryController {
  constructor(@Inject(API_OPTIONS) private readonly options: ApiOptions) {}

  @Get('grants')
  grants(@Query({ schema: grantsQuery }) question: GrantsQuery): Promise<AddressHistory> {
    return this.options.history.grants(question);
  }

  @Get('audit')
  audit(@Query({ schema: auditQuery }) { limit, after, ...filter }: AuditQuery): Promise<Page<AuditEntry>> {
    return this.options.history.audit(filter, { limit, ...(after === undefined ? {} : { after }) });
  }

  @Get('audit/:position')
  async auditEntry(@Param({ schema: auditPath }) { position }: AuditPath): Promise<AuditDetail> {
    const entry = await this.options.history.auditEntry(position);
    if (entry === null) throw new NotFound(`Nothing that is audited happened at position ${position}.`);
    return entry;
  }
}
