import { setTimeout as timeout } from 'node:timers/promises';

/** How one part of an app is. `degraded`: it works, but not fully; `not-ready`: it cannot do its job. */
export type HealthState =
  | { readonly state: 'ready' }
  | { readonly state: 'degraded'; readonly reason: string }
  | { readonly state: 'not-ready'; readonly reason: string };

export type HealthProbe = () => HealthState | Promise<HealthState>;

export interface CheckOptions {
  /** Whether a degraded part takes the app out of service; `false` by default. */
  readonly degradedIsNotReady?: boolean;
}

export interface HealthReport {
  readonly ready: boolean;
  /** In the order of registration. */
  readonly checks: readonly ({ readonly name: string } & HealthState)[];
}

/** The checks of one app; read by `/readyz`. */
export interface Health {
  /**
   * Adds a check; its probe is asked at each report, and has `probeTimeout` to answer.
   * A probe that throws counts as not ready, with the error's message as the reason.
   * @throws Error when the name is taken.
   */
  register(name: string, probe: HealthProbe, options?: CheckOptions): void;
  report(): Promise<HealthReport>;
}

export interface HealthOptions {
  /** Milliseconds that a probe may take; 2,000 by default. */
  readonly probeTimeout?: number;
}

export function createHealth({ probeTimeout = 2_000 }: HealthOptions = {}): Health {
  const checks = new Map<string, { probe: HealthProbe; degradedIsNotReady: boolean }>();
  return {
    register(name, probe, options = {}) {
      if (checks.has(name)) throw new Error(`There is a health check named ${name} already.`);
      checks.set(name, { probe, degradedIsNotReady: options.degradedIsNotReady ?? false });
    },
    async report() {
      const results = await Promise.all(
        [...checks].map(async ([name, { probe, degradedIsNotReady }]) => {
          const state = await ask(probe, probeTimeout);
          const ready = state.state === 'ready' || (state.state === 'degraded' && !degradedIsNotReady);
          return { ready, check: { name, ...state } };
        }),
      );
      return { ready: results.every(({ ready }) => ready), checks: results.map(({ check }) => check) };
    },
  };
}

async function ask(probe: HealthProbe, milliseconds: number): Promise<HealthState> {
  const answered = new AbortController();
  const reason = `no answer within ${milliseconds} ms`;
  const late = timeout<HealthState>(milliseconds, { state: 'not-ready', reason }, { signal: answered.signal });
  try {
    return await Promise.race([Promise.resolve().then(probe), late]);
  } catch (error) {
    return { state: 'not-ready', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    late.catch(() => undefined);
    answered.abort();
  }
}
