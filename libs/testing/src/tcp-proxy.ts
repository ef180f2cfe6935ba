import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, to take the network away from a test and to give it back. */
export interface TcpProxy {
  /** The server's URL with the proxy's host and port in place of its own. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps every connection open, and takes new ones, but nothing gets through any more. */
  freeze(): void;
  /** Ends `cut` and `freeze`; what was held back gets through. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

const defaultPorts: Record<string, number> = { 'redis:': 6379, 'postgres:': 5432, 'postgresql:': 5432 };

export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const targetPort = target.port === '' ? defaultPorts[target.protocol] : Number(target.port);
  if (targetPort === undefined) throw new Error(`The URL ${target.protocol}//${target.host} has no port.`);
  const sockets = new Set<Socket>();
  let frozen = false;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  }

  function accept(client: Socket): void {
    const server = connect(targetPort ?? 0, target.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      keep(from);
      from.on('data', (data) => to.write(data));
      from.on('close', () => to.destroy());
      if (frozen) from.pause();
    }
  }

  let listener = await listen(0, accept);
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  async function cut(): Promise<void> {
    if (!listener.listening) return;
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    url: url.href,
    cut,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    async restore() {
      frozen = false;
      for (const socket of sockets) socket.resume();
      if (!listener.listening) listener = await listen(port, accept);
    },
    close: cut,
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer(accept);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
