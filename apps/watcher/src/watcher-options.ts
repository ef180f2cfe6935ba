import { type AppContext } from '#platform/run-process';
import { type Settings } from '#platform/settings';
import { type WatchTuning } from '#watch/adapters/cluster-watch';
import { type StatusGuardTuning } from '#watch/adapters/status-guard';
import { type StatusTuning } from '#watch/adapters/status-writer';
import { type LeaseTiming } from '#watch/domain/lease';

/** What a watcher is given by whoever runs it: its own process, or standalone. */
export interface WatcherOptions extends AppContext<Settings['watcher']> {
  /** For tests; the defaults are right otherwise. */
  readonly tuning?: {
    readonly watch?: Partial<WatchTuning>;
    readonly status?: Partial<StatusTuning>;
    readonly statusGuard?: Partial<StatusGuardTuning>;
    readonly lease?: LeaseTiming;
  };
}

export const WATCHER_OPTIONS = Symbol('WatcherOptions');
