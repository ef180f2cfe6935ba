import { type Clock } from '#core/clock';
import { type Logger } from '#platform/logger';
import { type Metrics } from '#platform/metrics';
import { type DeclarationRetention } from '#project/ports/retention';

export interface ThinningOptions {
  readonly device: string;
  readonly retention: DeclarationRetention;
  /** Whether this process holds the device: one thins its declarations. */
  readonly isHolder: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ThinningMetrics;
}

export interface ThinningMetrics {
  thinned(count: number): void;
}

/** Milliseconds between two rounds, and between two transactions of one. */
const pauses = { rounds: 600_000, transactions: 200 } as const;
/** Versions in one transaction: each may be of megabytes. */
const most = 20;

export function thinningMetrics(metrics: Metrics): ThinningMetrics {
  const thinned = metrics.counter({
    name: 'ces_declarations_thinned_total',
    help: 'Old declarations whose bodies were removed (keepDeclarations in ces-conf.yaml)',
  });
  // A rate can be told of a series only that is there before it grows.
  thinned.inc(0);
  return {
    thinned(count) {
      thinned.inc(count);
    },
  };
}

/** Removes what is not to be kept of old declarations, little by little, for as long as the process lives. */
export async function keepThinning(options: ThinningOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, isHolder, device } = options;
  for (;;) {
    await clock.sleep(pauses.rounds, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (!isHolder()) continue;
    await thinOnce(options, signal).catch((error: unknown) => {
      if (!signal.aborted) logger.warn({ error, device }, 'old declarations could not be thinned; it is tried again');
    });
  }
}

/** One round over all tenants of the device. */
export async function thinOnce(
  { device, retention, isHolder, clock, logger, metrics }: ThinningOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const limit of await retention.limits(device)) {
    let total = 0;
    for (let count: number = most; count === most && isHolder();) {
      count = await retention.thin(device, limit, most);
      total += count;
      metrics.thinned(count);
      if (count === most) await clock.sleep(pauses.transactions, signal);
    }
    const { tenant, before } = limit;
    if (total > 0) logger.info({ device, tenant, before, versions: total }, 'old declarations were thinned');
  }
}
