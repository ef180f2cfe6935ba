import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type DataSource } from 'typeorm';
import {
  type AddressHistory,
  type AuditDetail,
  type AuditEntry,
  type AuditFilter,
  type EventFilter,
  type GrantQuestion,
  type HistoryQueries,
  type LoggedEvent,
} from '../ports/history.js';
import { type Page, type PageRequest } from '../ports/queries.js';
import { findAuditEntry, listAudit } from './audit-queries.js';
import { listEvents } from './event-queries.js';
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

  events(filter: EventFilter, page: PageRequest): Promise<Page<LoggedEvent>> {
    return listEvents(this.source, filter, page);
  }
}
