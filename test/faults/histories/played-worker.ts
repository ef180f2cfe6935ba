import { BigipDevice } from '#apply/adapters/bigip-device';
import { HttpsClient } from '#apply/adapters/https-client';
import { PairClient } from '#apply/adapters/pair-client';
import { ApplyCycle } from '#apply/apply-cycle';
import { type Device } from '#apply/ports/device';
import { silentLogger } from '#platform/logger';
import { Secret } from '#platform/secret';
import { PostgresApplyLog } from '#project/adapters/postgres-apply-log';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { PostgresRemovalLog } from '#project/adapters/postgres-removal-log';
import { PostgresDriftLog } from '#project/adapters/postgres-drift-log';
import { query } from '#project/adapters/sql';
import {
  type AttemptOutcome,
  type HeldBackRule,
  type Lease,
  LeaseLost,
  type PlannedAttempt,
} from '#project/ports/apply-log';
import { type DataSource } from 'typeorm';
import { interfered } from './interfered.js';
import { type Permitted } from './permitted.js';
import { type SimulatedTime } from './simulated-time.js';
import { type WatchedDevice } from './watched-device.js';

/** What happens at one of the worker's calls; gives whether the worker lives on. */
export type Incident = () => Promise<'goes-on' | 'dies' | 'sleeps'>;

/** The worker process is gone. */
class Killed extends Error {
  override readonly name = 'Killed';
}

type Pass = 'done' | 'again' | 'killed' | 'asleep';

interface Sleeper {
  readonly wake: () => void;
  /** Resolves when the pass has come to its end after all. */
  readonly pass: Promise<unknown>;
}

/** The workers of a history, one after the other, each with a cycle of its own. */
export class PlayedWorker {
  private readonly client: HttpsClient;
  private readonly attempts = new Map<number, PlannedAttempt>();
  private holders = 0;
  private current: ApplyCycle | null = null;
  private sleepers: Sleeper[] = [];
  private fallsAsleep: (() => void) | null = null;
  private callsLeft = 0;
  private incident: Incident | null = null;
  /** Calls of this pass. */
  private calls = 0;
  /** Why the last pass that has to be repeated has. */
  lastFailure = '';
  /** The device swallows everything: it is not worth waiting long. */
  impatient = false;

  constructor(
    private readonly source: DataSource,
    private readonly time: SimulatedTime,
    private readonly permitted: Permitted,
    private readonly watched: WatchedDevice,
    private readonly signal: AbortSignal,
  ) {
    const isImpatient = (): boolean => this.impatient;
    this.client = new HttpsClient({
      url: watched.bigip.url,
      credentials: () => Promise.resolve({ username: 'admin', password: new Secret('admin') }),
      tls: { verify: true, ca: watched.bigip.caCertificate },
      get timeout() {
        return isImpatient() ? 100 : 30_000;
      },
    });
  }

  close(): void {
    this.client.close();
  }

  /** At the worker's call with this number, counted from now on, twice for each: before it and after it. */
  plan(at: number, incident: Incident): void {
    this.callsLeft = at;
    this.incident = incident;
  }

  /** What was planned for later than the worker had to do. */
  forgetPlan(): void {
    this.incident = null;
  }

  /** One pass of whoever holds the device. @throws what a worker would fail with that has found a bug */
  async pass(): Promise<Pass> {
    this.calls = 0;
    const cycle = (this.current ??= await this.next());
    const asleep = new Promise<'asleep'>((resolve) => {
      this.fallsAsleep = () => {
        resolve('asleep');
      };
    });
    const pass = cycle.run(this.signal).then((result) => {
      if (result.type === 'again') this.lastFailure = result.failure.message;
      return result.type;
    });
    const result = await Promise.race([pass, asleep]).catch((error: unknown) => {
      if (error instanceof Killed) return 'killed' as const;
      throw error;
    });
    if (result === 'asleep') this.sleepers = this.sleepers.map((sleeper) => ({ ...sleeper, pass }));
    return result;
  }

  /** The lease runs out, and the next one takes the device. */
  async handOver(): Promise<void> {
    await query(this.source, 'UPDATE device_lease SET expires_at = clock_timestamp()');
    this.time.pass(15_000);
    this.current = null;
  }

  /** Those that slept go on where they were, and are to find that they may not. */
  async wake(): Promise<void> {
    const { sleepers } = this;
    this.sleepers = [];
    for (const { wake, pass } of sleepers) {
      wake();
      await pass.catch((error: unknown) => {
        if (!(error instanceof LeaseLost)) throw error;
      });
    }
  }

  private async next(): Promise<ApplyCycle> {
    this.holders += 1;
    const { source, time } = this;
    const log = new PostgresApplyLog(source, time.ours);
    const lease = await log.acquire('bigip', `worker-${this.holders}`, 3_600_000);
    if (lease === null) throw new Error('somebody else holds the device');
    return new ApplyCycle(lease, {
      log: interfered(log, {
        before: () => this.call(),
        after: async (call, given, answer) => {
          this.follow(call, given, answer);
          await this.call();
        },
      }),
      device: this.device(),
      state: new PostgresDesiredState(source, time.ours),
      drifts: new PostgresDriftLog(source, time.ours),
      removals: new PostgresRemovalLog(source, time.ours),
      syncGroup: null,
      clock: time.ours,
      logger: silentLogger,
      observer: { declared: ignore, compared: ignore, drifted: ignore, failedOver: ignore, synchronised: ignore },
    });
  }

  private device(): Device {
    const real = new BigipDevice(
      new PairClient([{ name: 'bigip', call: (...given) => this.client.call(...given) }]),
      this.time.ours,
    );
    const { time } = this;
    const dryRun: Device['dryRun'] = (...given) => time.atOnce(() => real.dryRun(...given));
    const differences: Device['differences'] = (...given) => time.atOnce(() => real.differences(...given));
    const atOnce: Device = Object.assign(Object.create(real) as Device, { dryRun, differences });
    return interfered(atOnce, { before: () => this.call(), after: () => this.call() });
  }

  private async call(): Promise<void> {
    this.calls += 1;
    if (this.calls > mostCalls) throw new Error('a pass goes in circles, it seems');
    const { incident } = this;
    if (incident === null) return;
    this.callsLeft -= 1;
    if (this.callsLeft >= 0) return;
    this.incident = null;
    const then = await incident();
    if (then === 'dies') throw new Killed('kill -9');
    if (then === 'sleeps') await this.sleep();
  }

  private sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.sleepers.push({ wake: resolve, pass: Promise.resolve() });
      this.fallsAsleep?.();
    });
  }

  /** What the log is told of a tenant bounds what the device may let through from then on. */
  private follow(call: string, given: readonly unknown[], answer: unknown): void {
    if (call === 'begin') {
      const [, attempt] = given as [Lease, PlannedAttempt];
      this.attempts.set((answer as { id: number }).id, attempt);
    } else if (call === 'conclude') {
      const [, id, outcome] = given as [Lease, number, AttemptOutcome];
      const attempt = this.attempts.get(id);
      if (attempt === undefined || outcome.type !== 'applied') return;
      this.permitted.declared({ ...attempt, heldBack: outcome.heldBack });
    } else if (call === 'unchanged') {
      const [, tenant, position, heldBack = []] = given as [Lease, string, number, HeldBackRule[]?];
      this.permitted.declared({ tenant, position, purpose: 'change', heldBack });
    } else return;
    this.watched.look(this.watched.bigip.device.state, () => `the worker’s ${call}`);
  }
}

/** A pass with much to find out takes a few hundred. */
const mostCalls = 5_000;

const ignore = (): void => undefined;
