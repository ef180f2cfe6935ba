import { type Clock } from '#core/clock';
import { type JsonObject } from '#core/json';
import { type ObjectReference } from '#core/objects';
import { backoff, type Backoff, type BackoffOptions } from '#platform/backoff';
import { type Logger } from '#platform/logger';
import { eventsPath, kubernetesEvent } from '../domain/kubernetes-event.js';
import { readListPage } from '../domain/list-page.js';
import { uidOf } from '../domain/metadata.js';
import { collectionPath, objectPath } from '../domain/resources.js';
import { sameStatus, statusPatch } from '../domain/status-patch.js';
import { transitions } from '../domain/status-transition.js';
import { type PendingStatus, type StatusFeed, type WrittenStatus } from '../ports/status-feed.js';
import { unlessAborted } from './bell.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { KubernetesError } from './kubernetes-error.js';
import { type WatchMetrics } from './watch-metrics.js';

/** How statuses are written; the defaults are right outside of tests. */
export interface StatusTuning {
  /** Milliseconds between two looks at the feed. */
  readonly interval: number;
  /** Statuses taken from the feed at a time. */
  readonly batch: number;
  /** Statuses written at the same time. */
  readonly concurrency: number;
  /** For each rule, after a write that failed. */
  readonly backoff: Partial<BackoffOptions>;
}

const defaultStatusTuning: StatusTuning = { interval: 500, batch: 500, concurrency: 8, backoff: {} };

export interface StatusWriterOptions {
  readonly cluster: string;
  readonly client: KubernetesClient;
  readonly feed: StatusFeed;
  /** Names this process in the Events. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  readonly leads: () => boolean;
  /** Called with the rule's uid whenever its status was written, before the feed is told. */
  readonly onWritten?: (uid: string) => void;
  readonly tuning?: Partial<StatusTuning>;
}

/** What was done about a status that the feed does not know of yet. */
interface Progress {
  readonly digest: string;
  /** Kubernetes has it; `settled`: its Events too. */
  stage: 'taken' | 'patched' | 'settled';
}

interface Delay {
  readonly backoff: Backoff;
  until: number;
}

/**
 * Writes the statuses of rules to Kubernetes, and an Event for each transition. A status goes: taken from the feed →
 * patched → Events created → settled → the feed is told. A write that fails is tried again after a back-off of its
 * rule's own, from the stage that it had reached, and holds no other rule up.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #tuning: StatusTuning;
  /** By uid, as the two below: what the feed may still call pending. */
  readonly #progress = new Map<string, Progress>();
  readonly #delays = new Map<string, Delay>();
  readonly #busy = new Set<string>();
  readonly #queue: PendingStatus[] = [];
  #writing = 0;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#tuning = { ...defaultStatusTuning, ...options.tuning };
  }

  /** Runs until the signal is aborted, and rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, logger } = this.#options;
    for (;;) {
      try {
        await this.#acknowledge(signal);
        await this.#take(signal);
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ error }, 'the rule statuses cannot be read or acknowledged: trying again');
      }
      await clock.sleep(this.#tuning.interval, signal);
    }
  }

  async #acknowledge(signal: AbortSignal): Promise<void> {
    const { cluster, feed } = this.#options;
    const settled: WrittenStatus[] = [...this.#progress].flatMap(([uid, { digest, stage }]) =>
      stage === 'settled' ? [{ uid, digest }] : [],
    );
    if (settled.length === 0) return;
    await unlessAborted(feed.written(cluster, settled), signal);
    for (const { uid } of settled) this.#progress.delete(uid);
  }

  async #take(signal: AbortSignal): Promise<void> {
    const { cluster, feed, clock } = this.#options;
    const limit = this.#tuning.batch + this.#busy.size + this.#delays.size;
    const pending = await unlessAborted(feed.pending(cluster, limit), signal);
    if (pending.length < limit) this.#forgetOthers(pending);
    const now = clock.monotonic();
    for (const status of pending) {
      const { uid } = status.reference;
      if (this.#busy.has(uid) || now < (this.#delays.get(uid)?.until ?? now)) continue;
      this.#busy.add(uid);
      this.#queue.push(status);
    }
    this.#start(signal);
  }

  /** What is no longer pending is no longer our concern: its rule was deleted, as a rule. */
  #forgetOthers(pending: readonly PendingStatus[]): void {
    const uids = new Set(pending.map(({ reference }) => reference.uid));
    for (const uid of this.#delays.keys()) if (!uids.has(uid)) this.#delays.delete(uid);
    for (const uid of this.#progress.keys()) if (!uids.has(uid) && !this.#busy.has(uid)) this.#progress.delete(uid);
  }

  #start(signal: AbortSignal): void {
    while (this.#writing < this.#tuning.concurrency) {
      const status = this.#queue.shift();
      if (status === undefined) return;
      this.#writing += 1;
      void this.#settle(status, signal).finally(() => {
        this.#writing -= 1;
        this.#busy.delete(status.reference.uid);
        this.#start(signal);
      });
    }
  }

  /** Never rejects. */
  async #settle(pending: PendingStatus, signal: AbortSignal): Promise<void> {
    const { uid } = pending.reference;
    const before = this.#progress.get(uid);
    const progress: Progress = before?.digest === pending.digest ? before : { digest: pending.digest, stage: 'taken' };
    this.#progress.set(uid, progress);
    try {
      if (!this.#options.leads()) return;
      if (progress.stage === 'taken') progress.stage = await this.#patch(pending, signal);
      if (progress.stage === 'patched') {
        await this.#report(pending, signal);
        progress.stage = 'settled';
      }
      this.#delays.delete(uid);
    } catch (error) {
      if (!signal.aborted) this.#delay(pending, error);
    }
  }

  /** `settled`: there is nothing to report. */
  async #patch({ reference, status, previous }: PendingStatus, signal: AbortSignal): Promise<'patched' | 'settled'> {
    const { client, metrics, onWritten } = this.#options;
    if (previous !== null && sameStatus(previous, status)) {
      metrics.statusWrites.inc({ result: 'unchanged' });
      return 'settled';
    }
    try {
      const path = `${objectPath(reference)}/status`;
      await client.send({ method: 'PATCH', path, body: statusPatch(reference.uid, status) }, signal);
      metrics.statusWrites.inc({ result: 'written' });
      onWritten?.(reference.uid);
      return 'patched';
    } catch (error) {
      if (!(await this.#isGone(reference, error, signal))) throw error;
      metrics.statusWrites.inc({ result: 'gone' });
      return 'settled';
    }
  }

  /** Whether a refused write means that the object is no more, or that another one bears its name. */
  async #isGone(reference: ObjectReference, error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof KubernetesError)) return false;
    if (error.meaning === 'not-found') return true;
    // A patch whose test of the uid fails is answered with 422; so are other things.
    if (error.meaning !== 'conflict' && error.meaning !== 'invalid') return false;
    // A list of one name: the watcher may list and watch rules, and needs no right to get them.
    const query = { fieldSelector: `metadata.name=${reference.name}` };
    const page = readListPage(
      reference.kind,
      await this.#options.client.get({ path: collectionPath(reference.kind, reference.namespace), query }, signal),
    );
    return !page.items.some((item) => uidOf(item) === reference.uid);
  }

  async #report({ reference, digest, status, previous }: PendingStatus, signal: AbortSignal): Promise<void> {
    const { instance, clock } = this.#options;
    for (const transition of transitions(previous, status)) {
      await this.#createEvent(
        eventsPath(reference),
        kubernetesEvent({ reference, digest, transition, instance, at: clock.now() }),
        signal,
      );
    }
  }

  async #createEvent(path: string, event: JsonObject, signal: AbortSignal): Promise<void> {
    const { client, metrics, logger } = this.#options;
    try {
      await client.send({ method: 'POST', path, body: event }, signal);
      metrics.statusEvents.inc({ result: 'created' });
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      switch (error.meaning) {
        case 'exists':
          return;
        case 'forbidden':
        case 'not-found':
        case 'invalid':
          // A namespace that goes away takes no Events. They are a courtesy: the status says the same.
          metrics.statusEvents.inc({ result: 'refused' });
          logger.warn({ error }, 'the API server does not take an Event');
          return;
        case 'expired':
        case 'version-too-large':
        case 'throttled':
        case 'conflict':
        case 'unauthorized':
        case 'unavailable':
          throw error;
      }
    }
  }

  #delay({ reference }: PendingStatus, error: unknown): void {
    const { clock, logger, metrics } = this.#options;
    metrics.statusWrites.inc({ result: 'failed' });
    const delay = this.#delays.get(reference.uid) ?? { backoff: backoff(this.#tuning.backoff), until: 0 };
    const pause = error instanceof KubernetesError ? (error.failure.retryAfter ?? 0) : 0;
    const wait = Math.max(pause, delay.backoff.next());
    delay.until = clock.monotonic() + wait;
    this.#delays.set(reference.uid, delay);
    logger.warn({ error, rule: reference, delay: wait }, 'a rule status was not written: trying again');
  }
}
