import { type RunnerOptions } from '#apply/apply-runner';
import { type Clock } from '#platform/clock';
import { type Health } from '#platform/health';
import { type Logger } from '#platform/logger';
import { type Metrics } from '#platform/metrics';
import { type Settings } from '#platform/settings';

/** What a worker is given by whoever runs it: its own process, or standalone. */
export interface WorkerOptions {
  readonly settings: Settings['worker'];
  /** The BIG-IP's name in ces-conf.yaml. */
  readonly deviceName: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
  readonly runner?: Partial<Pick<RunnerOptions, 'window' | 'sweep' | 'lease'>>;
}

export const WORKER_OPTIONS = Symbol('WorkerOptions');
