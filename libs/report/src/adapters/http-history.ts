import { type Position } from '#core/desired';
import {
  type AddressHistory,
  type AuditDetail,
  type AuditEntry,
  type AuditFilter,
  type EventFilter,
  type GrantQuestion,
  type HistoryQueries,
  type LoggedEvent,
} from '#project/ports/history';
import { type Page, type PageRequest } from '#project/ports/queries';
import { operations } from '../api/operations.js';
import { type ApiConnection } from './api-connection.js';
import { orNull } from './or-null.js';

/** What auditors ask, as the API answers it. */
export class HttpHistory implements HistoryQueries {
  constructor(private readonly api: ApiConnection) {}

  grants({ at, ...question }: GrantQuestion): Promise<AddressHistory> {
    return this.api.call(operations.grants, { query: { ...question, at: at?.toISOString() } });
  }

  audit({ since, until, ...filter }: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const times = { since: since?.toISOString(), until: until?.toISOString() };
    return this.api.call(operations.audit, { query: { ...filter, ...times, ...page } });
  }

  auditEntry(position: Position): Promise<AuditDetail | null> {
    return orNull(this.api.call(operations.auditEntry, { path: { position } }));
  }

  events(filter: EventFilter, page: PageRequest): Promise<Page<LoggedEvent>> {
    return this.api.call(operations.events, { query: { ...filter, ...page } });
  }
}
