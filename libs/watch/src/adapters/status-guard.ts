import { type Clock } from '#core/clock';
import { isJsonObject, type JsonValue } from '#core/json';
import { isRuleKind, type ObjectKind } from '#core/kinds';
import { type Logger } from '#platform/logger';
import { uidOf } from '../domain/metadata.js';
import { type ShownStatus, type StatusFeed } from '../ports/status-feed.js';
import { unlessAborted } from './bell.js';
import { type WatchMetrics } from './watch-metrics.js';

export interface StatusGuardTuning {
  /** Milliseconds between two comparisons. */
  readonly interval: number;
  /**
   * Milliseconds for which a status has to stand, and our own last write to lie back, before the two are compared: the
   * event of that write may be on its way.
   */
  readonly patience: number;
}

const defaultStatusGuardTuning: StatusGuardTuning = { interval: 1_000, patience: 10_000 };

export interface StatusGuardOptions {
  readonly cluster: string;
  readonly feed: StatusFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  readonly tuning?: Partial<StatusGuardTuning>;
}

interface Seen {
  readonly status: JsonValue;
  /** Since when it has stood, or when we wrote last; by the monotonic clock. */
  readonly at: number;
}

/**
 * Notices when somebody else has changed or removed the status of a rule, so that it is written again: what a status
 * says has to be what CES knows. Somebody who keeps writing is answered once in every `patience`, and no more.
 */
export class StatusGuard {
  readonly #options: StatusGuardOptions;
  readonly #tuning: StatusGuardTuning;
  /** By uid: the newest status that was seen of each rule, until it is compared. */
  readonly #seen = new Map<string, Seen>();

  constructor(options: StatusGuardOptions) {
    this.#options = options;
    this.#tuning = { ...defaultStatusGuardTuning, ...options.tuning };
  }

  /** Takes note of an object as the API server sent it; only rules matter. */
  see(kind: ObjectKind, raw: JsonValue): void {
    const uid = uidOf(raw);
    if (uid === null || !isRuleKind(kind)) return;
    const status = (isJsonObject(raw) ? raw.status : null) ?? null;
    this.#seen.set(uid, { status, at: this.#options.clock.monotonic() });
  }

  /** We have written another status ourselves; what was seen of the rule before is none of somebody else's. */
  wrote(uid: string): void {
    const seen = this.#seen.get(uid);
    if (seen !== undefined) this.#seen.set(uid, { ...seen, at: this.#options.clock.monotonic() });
  }

  /** Runs until the signal is aborted, and rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, logger } = this.#options;
    for (;;) {
      await clock.sleep(this.#tuning.interval, signal);
      try {
        await this.#compare(signal);
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ error }, 'the rule statuses cannot be compared: trying again');
      }
    }
  }

  async #compare(signal: AbortSignal): Promise<void> {
    const { cluster, feed, clock, logger, metrics } = this.#options;
    const latest = clock.monotonic() - this.#tuning.patience;
    const due = [...this.#seen].filter(([, { at }]) => at <= latest);
    if (due.length === 0) return;
    const shown: readonly ShownStatus[] = due.map(([uid, { status }]) => ({ uid, status }));
    const different = await unlessAborted(feed.shown(cluster, shown), signal);
    for (const [uid, seen] of due) if (this.#seen.get(uid) === seen) this.#seen.delete(uid);
    if (different === 0) return;
    metrics.statusRepairs.inc(different);
    logger.warn({ rules: different }, 'somebody else has changed the status of rules: writing it again');
  }
}
