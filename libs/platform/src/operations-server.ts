import { networkInterfaces } from 'node:os';
import { fastify } from 'fastify';
import { type Health } from './health.js';
import { type Metrics } from './metrics.js';
import { type HttpSettings } from './settings-sections.js';

export interface OperationsServerOptions {
  /** Every address by default: probes and Prometheus come from outside of the pod. */
  readonly http: HttpSettings;
  readonly health: Health;
  readonly metrics: Metrics;
}

export interface OperationsServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (the process answers), `/readyz` (200, or 503 when it cannot do its job; JSON with every
 * check and its reason) and `/metrics`.
 */
export async function startOperationsServer(options: OperationsServerOptions): Promise<OperationsServer> {
  const { health, metrics, http } = options;
  const server = fastify({ forceCloseConnections: true });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  server.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));
  await server.listen({ port: http.port, host: http.address ?? everyInterface() });
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : http.port;
  return { url: `http://127.0.0.1:${port}`, port, close: () => server.close() };
}

/** The address to listen on for everybody: `::` takes IPv4 connections too, where the machine has IPv6. */
export function everyInterface(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
