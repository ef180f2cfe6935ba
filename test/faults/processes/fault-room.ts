import { text } from '#apps/kube-simulator/src/objects/kube-object';
import { isConverged } from '#apps/standalone/src/demo/convergence';
import { connectDevice, type DeviceConnection } from '#apply/adapters/connect-device';
import { systemClock } from '#platform/clock';
import { bigipSettings } from '#platform/settings-sections';
import { dataSource } from '#project/adapters/data-source';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { type AppName } from '#testing/app-process';
import { type DataSource } from 'typeorm';
import { expect, vi } from 'vitest';
import { Room } from '../../processes/room.js';
import { differencesOfReplay } from '../histories/final-checks.js';
import { ApplyRecords } from './apply-records.js';
import { ChangedCluster } from './changed-cluster.js';
import { differencesOfLog } from './log-checks.js';
import { Member } from './members.js';
import { type Places } from './places.js';
import { configuration, device, deviceName, tenants } from './scenery.js';
import { WatchedDevice } from './watched-device.js';

/** How many processes of each app there are. */
type Processes = Readonly<Partial<Record<AppName, number>>>;

/** So long everything may take to be in order once it can be, in milliseconds: leases run out, and back-offs are at most 30 s. */
const patience = { timeout: 75_000, interval: 50 };

/** All of CES as processes, several of each app, with a network between each two that can be taken away. */
export class FaultRoom {
  readonly members: Member[] = [];
  readonly records: ApplyRecords;

  private constructor(
    readonly room: Room,
    readonly cluster: ChangedCluster,
    readonly device: WatchedDevice,
    private readonly places: Places,
    readonly source: DataSource,
    private readonly connection: DeviceConnection,
  ) {
    this.records = new ApplyRecords(source);
  }

  /** Everything runs, and the device holds what the cluster says. The places are the room's from now on. */
  static async open(places: Places, processes: Processes): Promise<FaultRoom> {
    const room = await Room.open({ ...places, configuration, device });
    const cluster = new ChangedCluster(room.cluster);
    const watched = new WatchedDevice(room.device, cluster);
    const environment = await room.environmentFor(room.addresses);
    const connection = await connectDevice(bigipSettings(environment), systemClock);
    const source = await dataSource(places.databaseUrl);
    const opened = new FaultRoom(room, cluster, watched, places, source, connection);
    try {
      for (const app of ['worker', 'projector', 'watcher', 'api'] as const)
        for (let number = 1; number <= (processes[app] ?? 0); number += 1)
          opened.members.push(await Member.start(room, app));
      await Promise.all(opened.members.map((member) => member.process.ready()));
      await opened.settled();
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  of(app: AppName): readonly Member[] {
    return this.members.filter((member) => member.app === app);
  }

  /** The worker that may declare. */
  async holder(): Promise<Member> {
    return vi.waitFor(async () => {
      for (const worker of this.of('worker')) if ((await worker.process.metric('ces_device_held')) === 1) return worker;
      throw new Error('No worker holds the device.');
    }, patience);
  }

  /** The log tells of all that is in the cluster. */
  async recorded(): Promise<void> {
    await vi.waitFor(async () => {
      expect(await differencesOfLog(this.source, this.room.cluster)).toEqual([]);
    }, patience);
  }

  /** Everything is in order, and within a bounded time: device, database and the statuses that Kubernetes shows. */
  async settled(): Promise<void> {
    const queries = new PostgresQueries(this.source);
    await vi.waitFor(async () => {
      expect(this.device.differences()).toEqual([]);
      const summaries = await queries.tenants();
      expect(summaries.filter(({ applied, wanted, open }) => open || applied < wanted)).toEqual([]);
      const rules = ['PodEgressRule', 'NamespaceEgressRule'].flatMap((kind) => this.room.cluster.list(kind));
      // Inactive: no pod is there that it would be for.
      for (const rule of rules) expect(['Success', 'Inactive']).toContain(text(rule, 'status', 'phase'));
    }, patience);
    this.device.settled();
    expect(this.device.violations).toEqual([]);
  }

  /** What has to hold when everything is in order, whatever was before. */
  async check(): Promise<void> {
    // The device may be as it has to be before the log tells of a change that means nothing to it.
    await this.recorded();
    await this.settled();
    const state = new PostgresDesiredState(this.source, systemClock);
    const names = tenants.map(({ name }) => name);
    const { signal } = new AbortController();
    await vi.waitFor(async () => {
      expect(await isConverged(this.connection.device, state, deviceName, names, signal)).toBe(true);
    }, patience);
    expect(await differencesOfLog(this.source, this.room.cluster)).toEqual([]);
    expect(await differencesOfReplay(this.places.databaseUrl, systemClock)).toEqual([]);
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()));
    this.connection.close();
    await this.source.destroy();
    await this.room.close();
    await this.places.remove();
  }
}
