import { ClusterWatch, type ClusterWatchOptions } from '#watch/adapters/cluster-watch';
import { type Term } from '#watch/adapters/leader-election';
import { StatusWriter, type StatusWriterOptions } from '#watch/adapters/status-writer';

export interface LeadershipOptions {
  readonly watch: Omit<ClusterWatchOptions, 'leads'>;
  readonly status: Omit<StatusWriterOptions, 'leads'>;
}

/** What a leader does in its term: follows the cluster, and writes statuses back. Each term begins with a clean slate. */
export class Leadership {
  readonly #options: LeadershipOptions;
  #watch: ClusterWatch | null = null;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** The watch of the present term, null for a standby. */
  get watch(): ClusterWatch | null {
    return this.#watch;
  }

  /** Rejects when the term ends, or when one of the two cannot go on; neither of them runs then. */
  async lead(term: Term): Promise<void> {
    const { watch: watchOptions, status } = this.#options;
    const { metrics } = watchOptions;
    const ended = new AbortController();
    const signal = AbortSignal.any([term.signal, ended.signal]);
    const leads = () => term.holds();
    const watch = new ClusterWatch({ ...watchOptions, leads });
    const parts = [watch.run(signal), new StatusWriter({ ...status, leads }).run(signal)];
    this.#watch = watch;
    metrics.terms.inc();
    metrics.leading.set(1);
    try {
      await Promise.race(parts);
    } finally {
      this.#watch = null;
      metrics.leading.set(0);
      ended.abort(new Error('The term is over.'));
      await Promise.allSettled(parts);
    }
  }
}
