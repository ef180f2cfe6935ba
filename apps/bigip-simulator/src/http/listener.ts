import { createServer, type Server, type Socket } from 'node:net';
import { type Server as HttpsServer } from 'node:https';

/**
 * How the management address behaves to connections.
 * - `open`: as it should
 * - `refuse`: nothing listens
 * - `black-hole`: connections are accepted, and never answered
 * - `reset`: connections are reset at once
 * - `broken-tls`: what answers does not speak TLS
 */
export type Reachability = 'open' | 'refuse' | 'black-hole' | 'reset' | 'broken-tls';

/** Stands before the HTTPS server, so that a connection can fail in every way in which one does. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #reachability: Reachability = 'open';
  #port: number;

  constructor(
    https: HttpsServer,
    private readonly host: string,
    port: number,
  ) {
    this.#port = port;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      this.#accept(socket, https);
    });
  }

  get port(): number {
    return this.#port;
  }

  get reachability(): Reachability {
    return this.#reachability;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Connections that stand are broken, except that a black hole and its end leave them waiting and broken. */
  async become(reachability: Reachability): Promise<void> {
    const before = this.#reachability;
    this.#reachability = reachability;
    if (reachability !== 'black-hole') this.#disconnect(reachability === 'reset');
    if (reachability === 'refuse') await this.#stopListening();
    if (before === 'refuse' && reachability !== 'refuse') await this.listen();
  }

  async close(): Promise<void> {
    this.#disconnect(false);
    await this.#stopListening();
  }

  /** Breaks every connection that stands. */
  disconnect(): void {
    this.#disconnect(false);
  }

  #disconnect(reset: boolean): void {
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #accept(socket: Socket, https: HttpsServer): void {
    switch (this.#reachability) {
      case 'open':
        https.emit('connection', socket);
        break;
      case 'black-hole':
        socket.resume();
        break;
      case 'reset':
        socket.resetAndDestroy();
        break;
      case 'broken-tls':
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
        break;
      case 'refuse':
        socket.destroy();
    }
  }
}
