import { type Clock } from '#core/clock';
import { type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { compareVersions, type ResourceVersion } from '#core/resource-version';
import { type Backoff, backoff, type BackoffOptions } from '#platform/backoff';
import { type Logger } from '#platform/logger';
import { interpret, type Telling } from '../domain/interpret.js';
import { KnownObjects } from '../domain/known.js';
import { readListPage } from '../domain/list-page.js';
import { UnreadableError } from '../domain/reading.js';
import { adviceFor, recover, type Trouble } from '../domain/recovery.js';
import { collectionPath } from '../domain/resources.js';
import { type ListReason } from '../domain/snapshot-policy.js';
import { type WatchEvent } from '../domain/watch-event.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { KubernetesError } from './kubernetes-error.js';
import { LinkedAbort } from './linked-abort.js';
import { type Outbox } from './outbox.js';
import { sendSnapshot } from './snapshot.js';
import { type WatchMetrics } from './watch-metrics.js';

export interface ReflectorOptions {
  readonly cluster: string;
  readonly kind: ObjectKind;
  /** Watch from where the projection stands, or list first. */
  readonly start: ReflectorStep;
  readonly client: KubernetesClient;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  readonly backoff: Partial<BackoffOptions>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly pageSize: number;
  /** After which the server is asked to end a watch, at least; at most after twice as long. */
  readonly watchSeconds: number;
  /** An object is there, as the API server sent it; of lists and of watches. */
  readonly onObject?: (kind: ObjectKind, raw: JsonValue) => void;
  /** A snapshot was taken by the stream, whole. */
  readonly onSnapshot: (version: ResourceVersion) => void;
}

/** The watch ended within a second and said nothing: something refuses it without saying so. */
class VeryShortWatchError extends Error {
  override readonly name = 'VeryShortWatchError';
}

const veryShort = 1_000;

/** A watch that lived for so long was all right, whatever ended it. Milliseconds, as above. */
const healthy = 30_000;

/** What a reflector does next. */
export type ReflectorStep =
  | { readonly action: 'list'; readonly reason: ListReason }
  | { readonly action: 'watch'; readonly from: ResourceVersion };

/**
 * Follows one kind of object and notes in the outbox what happens to it, with the semantics of client-go's reflector
 * (k8s.io/client-go tools/cache/reflector.go):
 *
 * - listing: a snapshot goes out in pages; then watching from its version.
 * - watching: each event is noted before the next one is read. The server ends each watch after 5 to 10 minutes; the
 *   next one goes on from the version that was noted last.
 * - in trouble: waits (back-off with jitter, or what the server asks for), then goes on watching or lists, as
 *   `domain/recovery.ts` says. It ends only with its signal.
 * - verifying, at the start and after trouble: lists when the API server does not know the version to go on from.
 */
export class Reflector {
  readonly kind: ObjectKind;
  readonly #options: ReflectorOptions;
  readonly #backoff: Backoff;
  #next: ReflectorStep;
  #known = new KnownObjects();
  #synced = false;
  #problem: string | null = null;
  #troubles = 0;
  /** Whether the API server may not know the version to go on from: at the start, and after trouble. */
  #doubtful = true;
  #watch: LinkedAbort | null = null;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.#backoff = backoff(options.backoff);
    this.#next = options.start;
    if (options.start.action === 'watch') options.outbox.begin(options.kind, options.start.from);
    options.metrics.synced.set({ kind: this.kind }, 0);
  }

  /** True while a list is due or under way. */
  get listing(): boolean {
    return this.#next.action === 'list';
  }

  /** True from the first snapshot or watch on. */
  get synced(): boolean {
    return this.#synced;
  }

  /** What is wrong just now, as a sentence; null when nothing is. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Ends the watch, if there is one, and lists anew. */
  list(reason: ListReason): void {
    if (this.listing) return;
    this.#next = { action: 'list', reason };
    this.#watch?.abort(new Error(`A new list is asked for: ${reason}.`));
  }

  /** Runs until the signal is aborted, and rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#next;
      try {
        if (next.action === 'list') await this.#list(next.reason, signal);
        else if (this.#doubtful) await this.#verify(next.from, signal);
        else await this.#follow(next.from, signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.#recover(error, signal);
      }
    }
  }

  async #list(reason: ListReason, signal: AbortSignal): Promise<void> {
    const { metrics, logger, outbox, onSnapshot } = this.#options;
    const { kind } = this;
    metrics.lists.inc({ kind, reason });
    const onMisunderstood = (problem: string) => {
      this.#misunderstood(problem);
    };
    const { resourceVersion, known } = await sendSnapshot({ ...this.#options, onMisunderstood }, signal);
    this.#known = known;
    this.#next = { action: 'watch', from: resourceVersion };
    this.#doubtful = false;
    outbox.begin(kind, resourceVersion);
    this.#heard();
    this.#inStep();
    onSnapshot(resourceVersion);
    logger.info({ kind, reason, objects: known.size, resourceVersion }, 'snapshot sent');
  }

  /**
   * Finds out whether versions ran backwards, as after the restore of a backup of etcd: a watch from a version that is
   * yet to come says nothing, and is not refused.
   */
  async #verify(from: ResourceVersion, signal: AbortSignal): Promise<void> {
    const { kind } = this;
    const { client, logger } = this.#options;
    const answer = await client.get({ path: collectionPath(kind), query: { limit: '1' } }, signal);
    const { resourceVersion } = readListPage(kind, answer);
    this.#doubtful = false;
    if (compareVersions(from, resourceVersion) <= 0) return;
    logger.warn({ kind, from, resourceVersion }, 'the API server stands at an earlier version than before: listing');
    this.#next = { action: 'list', reason: 'restored' };
  }

  async #follow(from: ResourceVersion, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const watch = new LinkedAbort(signal);
    this.#watch = watch;
    const began = clock.monotonic();
    let position = from;
    let count = 0;
    try {
      const request = { path: collectionPath(this.kind), query: this.#watchQuery(from) };
      const events = await client.watch(request, watch.signal);
      this.#inStep();
      for await (const event of events) {
        position = await this.#take(event, position);
        count += 1;
      }
      if (count === 0 && clock.monotonic() - began < veryShort) {
        throw new VeryShortWatchError('The watch ended at once without saying anything.');
      }
    } catch (error) {
      if (!watch.signal.aborted) throw error;
    } finally {
      this.#watch = null;
      watch.close();
      if (!watch.signal.aborted) this.#next = { action: 'watch', from: position };
      if (clock.monotonic() - began >= healthy) this.#progress();
    }
  }

  #watchQuery(from: ResourceVersion): Record<string, string> {
    const { watchSeconds, random } = this.#options;
    const timeoutSeconds = watchSeconds + Math.floor(random() * (watchSeconds + 1));
    return {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(timeoutSeconds),
    };
  }

  /** Returns the position after the event. */
  async #take(event: WatchEvent, position: ResourceVersion): Promise<ResourceVersion> {
    const { kind } = this;
    const { metrics, logger } = this.#options;
    switch (event.type) {
      case 'error':
        metrics.events.inc({ kind, type: 'error' });
        throw new KubernetesError(`watch of ${collectionPath(kind)}`, event.failure);
      case 'unknown':
        metrics.events.inc({ kind, type: 'unknown' });
        logger.warn({ kind, event: event.name }, 'the watch sent an event of a type that is not known');
        return position;
      case 'upsert':
      case 'delete':
      case 'bookmark':
        return this.#tell(event, position);
    }
  }

  async #tell(event: Telling, position: ResourceVersion): Promise<ResourceVersion> {
    const interpretation = interpret(this.kind, event, this.#known, position);
    if (interpretation.result === 'unusable') throw new UnreadableError(interpretation.reason);
    const { notice, type, misunderstood } = interpretation;
    if (misunderstood !== null) this.#misunderstood(misunderstood);
    if (event.type === 'upsert') this.#options.onObject?.(this.kind, event.object);
    await this.#options.outbox.note(notice);
    this.#options.metrics.events.inc({ kind: this.kind, type });
    this.#heard();
    this.#progress();
    return notice.to;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { kind } = this;
    const { metrics, logger, clock } = this.#options;
    const trouble = troubleOf(error);
    this.#troubles += 1;
    this.#doubtful = true;
    const { list, pause } = recover(trouble, this.#troubles);
    if (list !== null) this.#next = { action: 'list', reason: list };
    this.#problem = adviceFor(kind, trouble);
    metrics.failures.inc({ kind, meaning: trouble.type === 'refused' ? trouble.meaning : trouble.type });
    const delay = pause === null ? 0 : Math.max(pause, this.#backoff.next());
    const facts = { kind, error, inARow: this.#troubles, delay };
    if (trouble.type === 'refused' && trouble.meaning === 'expired') logger.info(facts, this.#problem);
    else logger.warn(facts, this.#problem);
    if (delay > 0) await clock.sleep(delay, signal);
  }

  #misunderstood(reason: string): void {
    const { metrics, logger } = this.#options;
    metrics.notUnderstood.inc({ kind: this.kind });
    logger.warn({ kind: this.kind, reason }, 'an object is not understood and counts as gone');
  }

  #heard(): void {
    const { metrics, clock } = this.#options;
    metrics.lastEvent.set({ kind: this.kind }, clock.now().getTime() / 1_000);
    metrics.objects.set({ kind: this.kind }, this.#known.size);
  }

  #inStep(): void {
    this.#synced = true;
    this.#problem = null;
    this.#options.metrics.synced.set({ kind: this.kind }, 1);
  }

  #progress(): void {
    this.#troubles = 0;
    this.#backoff.reset();
  }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof KubernetesError) {
    return { type: 'refused', meaning: error.meaning, retryAfter: error.failure.retryAfter };
  }
  return error instanceof UnreadableError || error instanceof SyntaxError
    ? { type: 'unreadable' }
    : { type: 'unreachable' };
}
