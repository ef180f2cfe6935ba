import { isDeepStrictEqual } from 'node:util';
import { type ObjectReference } from '#core/objects';
import { type RuleStatus } from '#core/status';
import { type PendingStatus, type ShownStatus, type StatusFeed, type WrittenStatus } from '#watch/ports/status-feed';

interface Row {
  readonly reference: ObjectReference;
  wanted: RuleStatus;
  written: RuleStatus | null;
}

/** The statuses of rules in memory: those that are wanted, and those that were acknowledged as written. */
export class StatusTable implements StatusFeed {
  readonly #rows = new Map<string, Row>();
  readonly acknowledged: WrittenStatus[] = [];
  /** Attempts to acknowledge that failed. */
  refused = 0;
  /** Whether acknowledgements fail, as when the database goes away just then. */
  refusing = false;

  want(reference: ObjectReference, status: RuleStatus): void {
    const row = this.#rows.get(reference.uid);
    if (row === undefined) this.#rows.set(reference.uid, { reference, wanted: status, written: null });
    else row.wanted = status;
  }

  pending(_cluster: string, limit: number): Promise<readonly PendingStatus[]> {
    const pending = [...this.#rows.values()]
      .filter(({ wanted, written }) => written === null || digestOf(wanted) !== digestOf(written))
      .slice(0, limit)
      .map(({ reference, wanted, written }) => ({
        reference,
        digest: digestOf(wanted),
        status: wanted,
        previous: written,
      }));
    return Promise.resolve(pending);
  }

  written(_cluster: string, entries: readonly WrittenStatus[]): Promise<void> {
    if (this.refusing) {
      this.refused += 1;
      return Promise.reject(new Error('The database is away.'));
    }
    for (const entry of entries) {
      this.acknowledged.push(entry);
      const row = this.#rows.get(entry.uid);
      if (row !== undefined && digestOf(row.wanted) === entry.digest) row.written = row.wanted;
    }
    return Promise.resolve();
  }

  shown(_cluster: string, entries: readonly ShownStatus[]): Promise<number> {
    let different = 0;
    for (const { uid, status } of entries) {
      const row = this.#rows.get(uid);
      if (row?.written == null || digestOf(row.wanted) !== digestOf(row.written)) continue;
      if (isDeepStrictEqual(row.written, status)) continue;
      row.written = null;
      different += 1;
    }
    return Promise.resolve(different);
  }

  /** How many rules wait. */
  async waiting(): Promise<number> {
    return (await this.pending('', Number.POSITIVE_INFINITY)).length;
  }
}

function digestOf(status: RuleStatus): string {
  return JSON.stringify(status);
}
