import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type DataSource } from 'typeorm';
import {
  type AddressHistory,
  type AuditDetail,
  type AuditEntry,
  type AuditFilter,
  type GrantQuestion,
  type HistoryQueries,
} from '../ports/history.js';
import { type Page, type PageRequest } from '../ports/queries.js';
import { findAuditEntry, listAudit } from './audit-queries.js';
import { findGrants } from './grant-queries.js';
import { inSnapshot } from './sql.js';

/** What auditors ask, answered by Postgres. */
export class PostgresHistory implements HistoryQueries {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  grants(question: GrantQuestion): Promise<AddressHistory> {
    return inSnapshot(this.source, (transaction) => findGrants(transaction, question, question.at ?? this.clock.now()));
  }

  audit(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    return listAudit(this.source, filter, page);
  }

  auditEntry(position: Position): Promise<AuditDetail | null> {
    return inSnapshot(this.source, (transaction) => findAuditEntry(transaction, position));
  }
}
