import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '#platform/clock';

/** Some bytes that came over a connection, as they came. */
export interface Part {
  /** Counts the connections through the proxy. */
  readonly connection: number;
  readonly from: 'client' | 'server';
  readonly data: Buffer;
}

/** Called as soon as a part is there; the part gets through once this says true, and never when it says false. */
export type Inspection = (part: Part) => boolean | Promise<boolean>;

/** Stands between a client and a server, to take the network away from a test and to give it back. */
export interface TcpProxy {
  /** The server's URL with the proxy's host and port in place of its own. */
  readonly url: string;
  /** How often something met a fault: a connection refused, reset or left unanswered, or data held up. */
  readonly felt: number;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps every connection open, and takes new ones, but nothing gets through any more. */
  freeze(): void;
  /** Resets every connection, and new ones as soon as they are made. */
  reset(): void;
  /** Whatever comes gets through so many milliseconds later. */
  delay(milliseconds: number): void;
  /** Leads new connections to another server. */
  leadTo(serverUrl: string): void;
  /** Shows `inspection` every part from now on; null ends that. */
  inspect(inspection: Inspection | null): void;
  /** Ends all faults; what was held back gets through. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

const defaultPorts: Record<string, number> = { 'redis:': 6379, 'postgres:': 5432, 'postgresql:': 5432 };

export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  let target = addressOf(serverUrl);
  const sockets = new Set<Socket>();
  let fault: 'none' | 'frozen' | 'resetting' = 'none';
  let [felt, delay, connections] = [0, 0, 0];
  let inspect: Inspection = () => true;
  let thaw: () => void = () => undefined;
  let thawed = Promise.resolve();

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  }

  function accept(client: Socket): void {
    keep(client);
    if (fault !== 'none') felt += 1;
    if (fault === 'resetting') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(target.port, target.host);
    keep(server);
    connections += 1;
    const connection = connections;
    forward(client, server, (data) => inspect({ connection, from: 'client', data }));
    forward(server, client, (data) => inspect({ connection, from: 'server', data }));
  }

  function forward(from: Socket, to: Socket, shown: (data: Buffer) => boolean | Promise<boolean>): void {
    let forwarded = Promise.resolve();
    from.on('data', (data: Buffer) => {
      const passes = shown(data);
      if (fault === 'frozen' || delay > 0) felt += 1;
      from.pause();
      forwarded = forwarded.then(async () => {
        await thawed;
        if (delay > 0) await systemClock.sleep(delay);
        if ((await passes) && !to.destroyed) to.write(data);
        from.resume();
      });
    });
    // What came before gets through first; while nothing does, nobody learns of the end either.
    from.on('close', () => void forwarded.then(() => thawed).then(() => to.destroySoon()));
  }

  let listener = await listen(0, accept);
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  async function cut(): Promise<void> {
    if (!listener.listening) return;
    felt += sockets.size;
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    url: url.href,
    get felt() {
      return felt;
    },
    cut,
    freeze() {
      if (fault === 'frozen') return;
      fault = 'frozen';
      thawed = new Promise((resolve) => (thaw = resolve));
    },
    reset() {
      fault = 'resetting';
      felt += sockets.size;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    delay(milliseconds) {
      delay = milliseconds;
    },
    leadTo(other) {
      target = addressOf(other);
    },
    inspect(inspection) {
      inspect = inspection ?? (() => true);
    },
    async restore() {
      fault = 'none';
      delay = 0;
      thaw();
      if (!listener.listening) listener = await listen(port, accept);
    },
    async close() {
      thaw();
      await cut();
    },
  };
}

function addressOf(serverUrl: string): { readonly host: string; readonly port: number } {
  const { protocol, hostname, host, port } = new URL(serverUrl);
  const found = port === '' ? defaultPorts[protocol] : Number(port);
  if (found === undefined) throw new Error(`The URL ${protocol}//${host} has no port.`);
  return { host: hostname, port: found };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer(accept);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
