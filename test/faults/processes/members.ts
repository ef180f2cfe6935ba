import { type AppName, type AppProcess } from '#testing/app-process';
import { startTcpProxy, type TcpProxy } from '#testing/tcp-proxy';
import { type Addresses, type Room } from '../../processes/room.js';

/** Whom a process speaks to. */
type Peer = 'database' | 'redis' | 'cluster' | 'device';

/** Which of them each app knows. The stream is in the database where there is no Redis. */
const peersOf: Readonly<Record<AppName, readonly Peer[]>> = {
  watcher: ['cluster', 'redis', 'database'],
  projector: ['redis', 'database'],
  worker: ['database', 'redis', 'device'],
  api: ['database', 'redis'],
};

/** One of several processes of an app, and a network of its own to each of its peers. */
export class Member {
  private constructor(
    private readonly room: Room,
    readonly app: AppName,
    readonly links: ReadonlyMap<Peer, TcpProxy>,
    private running: AppProcess,
  ) {}

  static async start(room: Room, app: AppName): Promise<Member> {
    const links = new Map<Peer, TcpProxy>();
    for (const peer of peersOf[app]) {
      const url = room.addresses[peer];
      if (url !== undefined) links.set(peer, await startTcpProxy(url));
    }
    return new Member(room, app, links, await room.start(app, behind(room.addresses, links)));
  }

  get process(): AppProcess {
    return this.running;
  }

  /** A crash, after which Kubernetes starts it anew. */
  async crash(): Promise<void> {
    await this.running.kill();
    this.running = await this.room.start(this.app, behind(this.room.addresses, this.links));
  }

  async mend(): Promise<void> {
    for (const link of this.links.values()) await link.restore();
  }

  async end(): Promise<void> {
    await this.running.kill();
    for (const link of this.links.values()) await link.close();
  }
}

function behind(addresses: Addresses, links: ReadonlyMap<Peer, TcpProxy>): Addresses {
  const url = (peer: Peer) => links.get(peer)?.url;
  return {
    database: url('database') ?? addresses.database,
    redis: url('redis') ?? addresses.redis,
    cluster: url('cluster') ?? addresses.cluster,
    device: url('device') ?? addresses.device,
  };
}
