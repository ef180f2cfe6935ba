import { hash } from 'node:crypto';
import { streamVersion } from '#core/change';
import { type Clock } from '#core/clock';
import { type SnapshotTiming } from '../domain/snapshot-policy.js';
import { Bell } from './bell.js';
import { type Outbox } from './outbox.js';

/** The text of ces-conf.yaml, as it stands and as it changes. */
export class ConfigurationFeed {
  readonly changed = new Bell();
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  replace(text: string): void {
    this.#text = text;
    this.changed.ring();
  }
}

export interface ConfigurationPublisherOptions {
  readonly cluster: string;
  readonly configuration: ConfigurationFeed;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Its patience counts for the configuration too. */
  readonly timing: SnapshotTiming;
  /** The digest of the text that was projected last, null before the first. */
  readonly projected: string | null;
}

/**
 * Sends the configuration when it is not the one that was projected last, whenever it changes, and again when it was
 * sent and does not come to be projected (a stream may lose what it holds).
 */
export class ConfigurationPublisher {
  readonly #options: ConfigurationPublisherOptions;
  #sent: string | null;
  #sentAt = 0;
  #patience: number;

  constructor(options: ConfigurationPublisherOptions) {
    this.#options = options;
    this.#sent = options.projected;
    this.#patience = options.timing.patience;
  }

  /** Runs until the signal is aborted, and rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { cluster, configuration, outbox, clock } = this.#options;
    for (;;) {
      const { text } = configuration;
      const digest = configurationDigest(text);
      if (digest === this.#sent) {
        await configuration.changed.wait(signal);
        continue;
      }
      const observedAt = clock.now().toISOString();
      await outbox.send({ form: 'configuration', version: streamVersion, cluster, observedAt, text });
      this.#sent = digest;
      this.#sentAt = clock.monotonic();
    }
  }

  /** To be told what the projection has. */
  look(projected: string | null): void {
    const { clock, timing, configuration } = this.#options;
    if (projected === this.#sent) {
      this.#patience = timing.patience;
    } else if (clock.monotonic() >= this.#sentAt + this.#patience) {
      this.#patience = Math.min(this.#patience * 2, timing.interval);
      this.#sent = null;
      configuration.changed.ring();
    }
  }
}

/** SHA-256, hex: as in `ClusterCheckpoints.configurationDigest`. */
export function configurationDigest(text: string): string {
  return hash('sha256', text);
}
