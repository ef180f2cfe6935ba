import { type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { ClusterWatch, type ClusterWatchOptions } from '#watch/adapters/cluster-watch';
import { type Term } from '#watch/adapters/leader-election';
import { StatusGuard, type StatusGuardTuning } from '#watch/adapters/status-guard';
import { StatusWriter, type StatusWriterOptions } from '#watch/adapters/status-writer';

export interface LeadershipOptions {
  readonly watch: Omit<ClusterWatchOptions, 'leads' | 'onObject'>;
  readonly status: Omit<StatusWriterOptions, 'leads' | 'onWritten'>;
  readonly statusGuard?: Partial<StatusGuardTuning>;
}

/** What a leader does in its term: follows the cluster, writes statuses back, and sees to it that they stay. Each term begins with a clean slate. */
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

  /** Rejects when the term ends, or when one of its parts cannot go on; none of them runs then. */
  async lead(term: Term): Promise<void> {
    const { watch: watchOptions, status, statusGuard } = this.#options;
    const { metrics } = watchOptions;
    const ended = new AbortController();
    const signal = AbortSignal.any([term.signal, ended.signal]);
    const leads = () => term.holds();
    const guard = new StatusGuard({ ...status, ...(statusGuard === undefined ? {} : { tuning: statusGuard }) });
    const onObject = (kind: ObjectKind, raw: JsonValue) => {
      guard.see(kind, raw);
    };
    const onWritten = (uid: string) => {
      guard.wrote(uid);
    };
    const watch = new ClusterWatch({ ...watchOptions, leads, onObject });
    const writer = new StatusWriter({ ...status, leads, onWritten });
    const parts = [watch.run(signal), writer.run(signal), guard.run(signal)];
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
