import { afterAll, beforeAll, vi } from 'vitest';
import { ApiServer } from './api-server.js';
import { Cluster } from './cluster.js';
import { Installation } from './installation.js';

export interface ClusterFixture {
  readonly server: ApiServer;
  readonly cluster: Cluster;
  readonly ces: Installation;
}

/** For a spec file: an API server with nothing but CES installed and running, for all of its tests together. */
export function useInstallation(start: (server: ApiServer) => Promise<Installation> = startAll): ClusterFixture {
  let present: ClusterFixture | null = null;
  let server: ApiServer | null = null;

  beforeAll(async () => {
    server = await ApiServer.start();
    const cluster = new Cluster(server);
    present = { server, cluster, ces: await start(server) };
  });

  afterAll(async () => {
    await present?.ces.close();
    present?.cluster.close();
    await server?.close();
  });

  const running = (): ClusterFixture => {
    if (present === null) throw new Error('There is a cluster only while a test is running.');
    return present;
  };
  return {
    get server() {
      return running().server;
    },
    get cluster() {
      return running().cluster;
    },
    get ces() {
      return running().ces;
    },
  };
}

const startAll = (server: ApiServer) => Installation.start(server);

/** Repeats `check` until it no longer throws; throws its last error when even a slow machine would be done. */
export function eventually<Result>(check: () => Promise<Result> | Result): Promise<Result> {
  return vi.waitFor(check, { timeout: 180_000, interval: 200 });
}
