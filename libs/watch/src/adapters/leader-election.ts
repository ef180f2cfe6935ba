import { type Clock } from '#core/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Logger } from '#platform/logger';
import {
  claim,
  defaultLeaseTiming,
  leaseSpec,
  type LeaseRecord,
  type LeaseTiming,
  observe,
  type ObservedLease,
  readLease,
  release,
} from '../domain/lease.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { KubernetesError } from './kubernetes-error.js';
import { LinkedAbort } from './linked-abort.js';

/** The time in which this process leads. */
export interface Term {
  /** Aborted when it ends: what is done on behalf of the leader stops at once. */
  readonly signal: AbortSignal;
  /** Whether it still lasts by this process's own clock, even if it stood still and the signal is late. */
  holds(): boolean;
}

export interface LeaderElectionOptions {
  readonly client: KubernetesClient;
  /** Of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** Of this process; no two have the same. */
  readonly identity: string;
  readonly timing?: LeaseTiming;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Does the leader's work until the term's signal is aborted. When it ends earlier, the lease is given up. */
  readonly lead: (term: Term) => Promise<void>;
}

/**
 * Leads while it holds a Lease (coordination.k8s.io/v1), with the semantics of client-go's leader election:
 *
 * - standby: tries to take the lease every 2 s; gets it when nobody holds it, or when it has not changed for 15 s.
 * - leading: renews every 2 s. When that did not succeed for 10 s, or somebody else holds the lease, the term ends.
 * - stopping: ends the term, and gives the lease up so that a standby takes it at its next attempt.
 *
 * As client-go says of its own: this does not guarantee that only one process acts as the leader. What the leader does
 * must bear being done twice.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timing: LeaseTiming;
  #observed: ObservedLease | null = null;
  /** When the renewal that succeeded last was begun. */
  #renewedAt = 0;
  #leading = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timing = options.timing ?? defaultLeaseTiming;
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Who holds the lease as far as is known; empty when nobody does. */
  get holder(): string {
    return this.#observed?.record.holder ?? '';
  }

  /** Runs until the signal is aborted; resolves when the term has ended and the lease was given up. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    for (;;) {
      try {
        if ((await this.#claim(signal)) === 'ours') await this.#lead(signal);
        await clock.sleep(this.#timing.retryPeriod * (1 + random() / 5), signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ error, lease: this.#path }, 'the lease cannot be read or taken: trying again');
        await clock.sleep(this.#timing.retryPeriod, signal).catch(() => undefined);
      }
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { clock, logger, lead, identity } = this.#options;
    const ended = new AbortController();
    const termSignal = AbortSignal.any([signal, ended.signal]);
    const term: Term = {
      signal: termSignal,
      holds: () => !termSignal.aborted && clock.monotonic() < this.#renewedAt + this.#timing.renewDeadline,
    };
    logger.info({ identity, lease: this.#path }, 'leading');
    this.#leading = true;
    const work = lead(term);
    const renewal = this.#renew(termSignal);
    try {
      await Promise.race([work, renewal]);
    } catch (error) {
      if (!signal.aborted) logger.error({ error }, 'the leader cannot go on');
    }
    this.#leading = false;
    ended.abort(new Error('This process does not lead any more.'));
    await Promise.allSettled([work, renewal]);
    logger.info({ identity }, 'not leading any more');
    await this.#release();
  }

  /** Resolves when the lease is lost. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    for (;;) {
      await clock.sleep(this.#timing.retryPeriod, signal);
      const attempt = new LinkedAbort(signal);
      const remaining = this.#renewedAt + this.#timing.renewDeadline - clock.monotonic();
      attempt.arm(Math.max(remaining, 0), new Error('The time to renew the lease is up.'));
      try {
        if ((await this.#claim(attempt.signal)) === 'theirs') {
          logger.warn({ holder: this.holder }, 'the lease is held by another process');
          return;
        }
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ error, lease: this.#path }, 'the lease was not renewed: trying again');
      } finally {
        attempt.close();
      }
      if (clock.monotonic() >= this.#renewedAt + this.#timing.renewDeadline) {
        logger.error({ lease: this.#path }, 'the lease could not be renewed in time');
        return;
      }
    }
  }

  /** Takes or renews the lease. `raced`: somebody else wrote it at the same moment. */
  async #claim(signal: AbortSignal): Promise<'ours' | 'theirs' | 'raced'> {
    const { clock, identity } = this.#options;
    const began = clock.monotonic();
    const lease = await this.#read(signal);
    this.#observed = lease === null ? null : observe(this.#observed, readLease(lease), began);
    const record = claim(this.#observed, identity, this.#timing, { monotonic: began, wall: clock.now() });
    if (record === null) return 'theirs';
    try {
      await this.#write(lease, record, signal);
    } catch (error) {
      if (error instanceof KubernetesError && ['conflict', 'exists'].includes(error.meaning)) return 'raced';
      throw error;
    }
    this.#observed = { record, changedAt: began };
    this.#renewedAt = began;
    return 'ours';
  }

  async #read(signal: AbortSignal): Promise<JsonObject | null> {
    try {
      return asObject(await this.#options.client.get({ path: this.#path }, signal));
    } catch (error) {
      if (error instanceof KubernetesError && error.meaning === 'not-found') return null;
      throw error;
    }
  }

  /** Creates the lease, or writes the one that was read if it did not change since. */
  async #write(lease: JsonObject | null, record: LeaseRecord, signal: AbortSignal): Promise<void> {
    const target =
      lease === null
        ? ({ method: 'POST', path: this.#collection } as const)
        : ({ method: 'PUT', path: this.#path } as const);
    await this.#options.client.send({ ...target, body: this.#body(lease ?? {}, leaseSpec(record)) }, signal);
  }

  /** Best effort: a lease that is not given up runs out by itself. */
  async #release(): Promise<void> {
    const { clock, logger, identity } = this.#options;
    const signal = AbortSignal.timeout(this.#timing.retryPeriod);
    try {
      const lease = await this.#read(signal);
      if (lease === null || readLease(lease).holder !== identity) return;
      const record = release(readLease(lease), clock.now());
      await this.#write(lease, record, signal);
      this.#observed = { record, changedAt: clock.monotonic() };
    } catch (error) {
      logger.warn({ error, lease: this.#path }, 'the lease was not given up: it runs out');
    }
  }

  #body(lease: JsonObject, spec: JsonObject): JsonObject {
    const { name, namespace } = this.#options;
    const metadata = isJsonObject(lease.metadata) ? lease.metadata : {};
    return { ...lease, apiVersion, kind: 'Lease', metadata: { ...metadata, name, namespace }, spec };
  }

  get #collection(): string {
    return `/apis/${apiVersion}/namespaces/${encodeURIComponent(this.#options.namespace)}/leases`;
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#options.name)}`;
  }
}

const apiVersion = 'coordination.k8s.io/v1';

function asObject(answer: JsonValue): JsonObject {
  return isJsonObject(answer) ? answer : {};
}
