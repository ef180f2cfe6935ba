import { createServer, type Server } from 'node:https';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type TLSSocket } from 'node:tls';
import { type Certificates } from '#platform/certificates';

export interface ListenerOptions {
  /** The address that it listens on; `127.0.0.1` is always one on which it can be reached. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Milliseconds that a client has to take what was written to it, or to get through its handshake. */
const longestEnd = 1_000;

/** An HTTPS server that can go away and come back on the same port, and reset connections. */
export class Listener {
  readonly #server: Server;
  /** The TCP connections below TLS, by the client's port: a TLS socket of Node 20 cannot send a reset itself. */
  readonly #connections = new Map<number, Socket>();
  readonly #tlsConnections = new Set<TLSSocket>();
  readonly #host: string;
  #port: number;

  constructor(
    { certificate, key }: Certificates,
    { host, port }: ListenerOptions,
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ) {
    this.#host = host;
    this.#port = port;
    this.#server = createServer({ cert: certificate, key, keepAliveTimeout: 60_000 }, handle);
    this.#server.on('connection', (socket: Socket) => {
      const { remotePort } = socket;
      if (remotePort === undefined) return;
      this.#connections.set(remotePort, socket);
      socket.once('close', () => this.#connections.delete(remotePort));
    });
    this.#server.on('secureConnection', (socket) => {
      this.#tlsConnections.add(socket);
      socket.once('close', () => this.#tlsConnections.delete(socket));
    });
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Takes connections; after a stop, on the port that it had. */
  async listen(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Refuses connections from now on, and resets those that are open. */
  async stop(): Promise<void> {
    const closed = this.#refuse();
    this.#resetAll();
    await closed;
  }

  /** Refuses connections from now on, and ends those that are open when what was written to them is sent. */
  async end(): Promise<void> {
    const closed = this.#refuse();
    for (const connection of this.#tlsConnections) connection.destroySoon();
    const patience = setTimeout(() => {
      this.#resetAll();
    }, longestEnd);
    await closed;
    clearTimeout(patience);
  }

  #resetAll(): void {
    for (const connection of this.#connections.values()) connection.resetAndDestroy();
  }

  /** Resolves when the last connection is gone. */
  #refuse(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  reset({ socket }: ServerResponse): void {
    const { remotePort } = socket ?? {};
    const connection = remotePort === undefined ? undefined : this.#connections.get(remotePort);
    connection?.resetAndDestroy();
  }
}
