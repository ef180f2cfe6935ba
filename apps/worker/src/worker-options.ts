import { type RunnerOptions } from '#apply/apply-runner';
import { type AppContext } from '#platform/run-process';
import { type Settings } from '#platform/settings';

/** What a worker is given by whoever runs it: its own process, or standalone. */
export interface WorkerOptions extends AppContext<Settings['worker']> {
  /** The BIG-IP's name in ces-conf.yaml. */
  readonly deviceName: string;
  readonly runner?: Partial<Pick<RunnerOptions, 'window' | 'sweep' | 'lease'>>;
}

export const WORKER_OPTIONS = Symbol('WorkerOptions');
