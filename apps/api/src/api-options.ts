import { type Health } from '#platform/health';
import { type Logger } from '#platform/logger';
import { type Metrics } from '#platform/metrics';
import { type OperatorCommands } from '#project/ports/commands';
import { type Clock } from '#platform/clock';
import { type EventFeed, type HistoryQueries } from '#project/ports/history';
import { type ProjectionQueries } from '#project/ports/queries';

/** What the controllers need. */
export interface ApiOptions {
  /** The BIG-IP's name in ces-conf.yaml: what a command without a device means. */
  readonly deviceName: string;
  readonly queries: ProjectionQueries;
  readonly history: HistoryQueries;
  readonly feed: EventFeed;
  readonly commands: OperatorCommands;
  /** Wakes the worker. May fail: the sweep finds the work later. */
  readonly hint: (device: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
}

export const API_OPTIONS = Symbol('ApiOptions');
