import { startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { lastPosition } from '#project/adapters/sql';
import { type DataSource } from 'typeorm';
import {
  differencesOfDevice,
  differencesOfLog,
  differencesOfReplay,
  unfinishedStatuses,
  unfinishedTenants,
} from './final-checks.js';
import { declareByOthers } from './other-writer.js';
import { Permitted } from './permitted.js';
import { PlayedClusters } from './played-clusters.js';
import { type Incident, PlayedWorker } from './played-worker.js';
import { device, type Tenant, tenants } from './scenery.js';
import { SimulatedTime } from './simulated-time.js';
import { type History, type Interference, type Step } from './steps.js';
import { WatchedDevice } from './watched-device.js';

/** A promise that did not hold. */
export class PromiseBroken extends Error {
  override readonly name = 'PromiseBroken';

  constructor(violations: readonly string[]) {
    super([...new Set(violations)].slice(0, 4).join('\n'));
  }
}

/** What came of a history in which every promise held. */
export interface Played {
  /** How many of the interferences came about: the worker may have had less to do. */
  readonly incidents: number;
  /** How many declarations the last work took. */
  readonly declaredLast: number;
}

export interface HistoryPlace {
  readonly source: DataSource;
  /** Of the same database. */
  readonly url: string;
}

/**
 * Plays a history on an empty database and a fresh device: the real projector, worker and client, on simulated time.
 * @param signal ends it early, so that it disturbs none that is played after it.
 * @param ending what follows once everything works again; `long`: others add objects, and every pod comes to its end.
 * @throws PromiseBroken at the end of the step in which something was seen that must never be.
 */
export async function play(
  history: History,
  place: HistoryPlace,
  signal: AbortSignal,
  ending: 'long' | 'short',
): Promise<Played> {
  const time = new SimulatedTime();
  const bigip = await startBigipSimulator({ ...device, clock: time.others });
  const permitted = new Permitted();
  const watched = new WatchedDevice(bigip, permitted);
  const clusters = new PlayedClusters(place.source, time, permitted);
  const worker = new PlayedWorker(place.source, time, permitted, watched, signal);
  const { routeDomains } = history;
  const played = new PlayedHistory(place, { time, permitted, watched, clusters, worker }, routeDomains);
  try {
    await clusters.begin({ ...history.plan, routeDomains }, [...history.ground, ...history.rules]);
    for (const step of history.steps) {
      signal.throwIfAborted();
      await played.take(step);
      if (watched.violations.length > 0) throw new PromiseBroken(watched.violations);
    }
    await played.heal(ending);
    if (watched.violations.length > 0) throw new PromiseBroken(watched.violations);
    return { incidents: played.incidents, declaredLast: played.declaredLast };
  } finally {
    worker.close();
    await bigip.close();
  }
}

interface Players {
  readonly time: SimulatedTime;
  readonly permitted: Permitted;
  readonly watched: WatchedDevice;
  readonly clusters: PlayedClusters;
  readonly worker: PlayedWorker;
}

class PlayedHistory {
  private readonly commands: PostgresCommands;
  private endOutage: (() => Promise<void>) | null = null;
  incidents = 0;
  declaredLast = 0;

  constructor(
    private readonly place: HistoryPlace,
    private readonly players: Players,
    private routeDomains: boolean,
  ) {
    this.commands = new PostgresCommands(place.source, players.time.ours);
  }

  async take(step: Step): Promise<void> {
    const { clusters, watched } = this.players;
    const { faults } = watched.bigip;
    switch (step.type) {
      case 'changes':
        return clusters.change(step.changes, step.delivery);
      case 'work':
        return this.work(step.interference);
      case 'plan':
        if (step.switchesRouteDomains) this.routeDomains = !this.routeDomains;
        return clusters.configure({ ...step.plan, routeDomains: this.routeDomains });
      case 'refusal': {
        const pattern = new RegExp(`_${step.kind}_(.+_)?${step.name}_`);
        if (step.by === 'as3') faults.invalidateItems(pattern, 'must match pattern', step.named);
        else faults.refuseObjects(pattern, '01070734:3: Configuration error: refused', step.named);
        return;
      }
      case 'mend':
        faults.clear();
        return;
      case 'resync':
        return this.resync();
      case 'list':
        return clusters.list(step.cluster);
      case 'projector-restart':
        clusters.restartProjector(step.cluster);
        return;
      case 'other-writer':
        return this.otherWriter(step.tenant);
    }
  }

  /** Everything works again, and everything is listed anew: now the device must be what the model says. */
  async heal(ending: 'long' | 'short'): Promise<void> {
    const { time, watched, clusters, worker, permitted } = this.players;
    watched.bigip.faults.clear();
    await clusters.listAll();
    await worker.handOver();
    time.pass(24 * 3_600_000);
    let result = await worker.pass();
    for (let passes = 1; result !== 'done' && passes < 5; passes += 1) {
      time.pass(60_000);
      result = await worker.pass();
    }
    if (result !== 'done')
      watched.note(`everything works again, and still it is tried again (promise 9): ${worker.lastFailure}`);
    for (const difference of differencesOfDevice(watched, permitted.latest)) watched.note(difference);
    if (ending === 'long') {
      await this.declareBesideOthers();
      await this.endPods();
    }
    await this.workForNothing();
    for (const difference of [
      ...differencesOfDevice(watched, permitted.latest),
      ...(await differencesOfLog(this.place.source, clusters)),
      ...(await differencesOfReplay(this.place.url, time.ours)),
      ...(await unfinishedStatuses(this.place.source)),
      ...(await unfinishedTenants(this.place.source)),
    ])
      watched.note(difference);
  }

  /** Others have something in every tenant, and all that is ours is declared again: theirs stays (promise 10). */
  private async declareBesideOthers(): Promise<void> {
    for (const { name } of tenants) await this.otherWriter(name);
    await this.resync();
    await this.players.worker.pass();
  }

  /** The addresses of pods that have come to their end count no more than of those that are gone (promise 2). */
  private async endPods(): Promise<void> {
    const { watched, clusters, worker, permitted } = this.players;
    await clusters.endPods();
    await worker.pass();
    for (const difference of differencesOfDevice(watched, permitted.latest)) watched.note(difference);
  }

  /** Every tenant is in work, and for none there is anything to declare (promise 5). */
  private async workForNothing(): Promise<void> {
    const { watched, clusters, worker } = this.players;
    const declared = watched.bigip.counters.declares;
    await worker.pass();
    await clusters.configureAgain();
    await worker.pass();
    const needless = watched.bigip.counters.declares - declared;
    if (needless > 0) watched.note(`${needless} declarations without need (promise 5)`);
  }

  private async resync(): Promise<void> {
    await this.commands.requestResync({ device: 'bigip', tenants: 'all', actor }).catch(() => undefined);
  }

  /** Passes until all is done, or for so long as somebody would let the fault go on. */
  private async work(interference: Interference | null): Promise<void> {
    const { worker, time, clusters, watched } = this.players;
    const { declares } = watched.bigip.counters;
    if (interference !== null) worker.plan(interference.at, this.incident(interference));
    for (let passes = 1; passes <= 4; passes += 1) {
      const result = await worker.pass();
      if (result === 'done') break;
      if (result === 'again') time.pass(60_000);
      else await worker.handOver();
      if (result === 'asleep' && interference !== null) await clusters.change(interference.meanwhile, 'once');
      if (passes === 2) await this.recover();
    }
    await this.wake();
    worker.forgetPlan();
    await this.recover();
    this.declaredLast = watched.bigip.counters.declares - declares;
  }

  /** By then somebody else has done all there is to do: who was asleep may change nothing any more (promise 6). */
  private async wake(): Promise<void> {
    const { worker, watched } = this.players;
    const before = { device: watched.bigip.device.state, log: await lastPosition(this.place.source) };
    await worker.wake();
    const after = { device: watched.bigip.device.state, log: await lastPosition(this.place.source) };
    if (after.log !== before.log) watched.note('a worker that was asleep wrote to the log (promise 6)');
    if (after.device !== before.device) watched.note('a worker that was asleep changed the device (promise 6)');
  }

  private async recover(): Promise<void> {
    await this.endOutage?.();
    this.endOutage = null;
    this.players.worker.impatient = false;
  }

  private incident({ what, meanwhile }: Interference): Incident {
    const { watched, worker, clusters } = this.players;
    const { bigip } = watched;
    const strike = (effect: Parameters<typeof bigip.faults.strikeRequests>[0]['effect'], times = 1) => {
      bigip.faults.strikeRequests({ effect, times });
    };
    const outage = async (kind: Parameters<typeof bigip.outage>[0]): Promise<void> => {
      const started = await bigip.outage(kind);
      this.endOutage = () => started.end();
      worker.impatient = kind === 'black-hole';
    };
    return async () => {
      this.incidents += 1;
      switch (what) {
        case 'kill':
          return 'dies';
        case 'sleep':
          return 'sleeps';
        case 'reboot':
          await bigip.reboot();
          break;
        case 'changes':
          await clusters.change(meanwhile, 'once');
          break;
        case 'other-writer':
          await this.otherWriter('alpha');
          break;
        case 'busy':
          bigip.busyFor(3_000);
          break;
        case 'refuse':
        case 'reset':
        case 'black-hole':
        case 'broken-tls':
          await outage(what);
          break;
        case 'status-503':
          strike({ kind: 'status', status: 503 }, 3);
          break;
        case 'lose-answer':
        case 'cut-short':
          strike({ kind: what });
          break;
      }
      return 'goes-on';
    };
  }

  private async otherWriter(tenant: Tenant): Promise<void> {
    const { time, watched } = this.players;
    const path = await time.atOnce(() => declareByOthers(watched.bigip, tenant));
    if (path !== null) watched.expect(path);
  }
}

const actor = { name: 'operator', origin: 'cli' };
