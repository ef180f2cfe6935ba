import { startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { systemClock } from '#platform/clock';
import { atMost, type Benchmark, type BenchmarkContext, type BenchmarkResult } from './benchmark.js';
import { DeviceMonitor } from './device-monitor.js';
import { Installation } from './installation.js';
import { LargeCluster } from './large-cluster.js';

const shape = { tenants: 5, rulesPerTenant: 200, podsPerRule: 2 } as const;
/** What the device takes for a tenant, in milliseconds. */
const deviceLatency = 1_000;

export const benchmark: Benchmark = {
  name: 'burst',
  about: '1,000 rules created at once in 5 tenants, on a device that needs 1 s a tenant',
  async run(context) {
    const simulator = await startKubeSimulator();
    const cluster = new LargeCluster(simulator, shape);
    cluster.fill();
    const latency = { perTenant: deviceLatency, perObject: 0 };
    const { tenants, configuration } = cluster;
    const installation = await Installation.create(context, simulator, { tenants, configuration, latency });
    try {
      return await measure(installation, cluster, context);
    } finally {
      await installation.stop();
    }
  },
};

async function measure(
  installation: Installation,
  cluster: LargeCluster,
  context: BenchmarkContext,
): Promise<BenchmarkResult> {
  const monitor = new DeviceMonitor(installation.device);
  const { tenants } = cluster;
  const round = tenants.length * deviceLatency;
  const rules = cluster.rules();
  context.progress('starting, with one rule a tenant');
  for (const rule of rules.splice(0, tenants.length)) installation.cluster.apply(rule);
  await installation.startApps();
  await installation.until('first declarations', 300, () =>
    tenants.every((tenant) => monitor.transactions.has(tenant)),
  );
  await installation.until('rest', 60, () => performance.now() - monitor.lastChange > 3_000);
  monitor.transactions.clear();
  const { busyRejections } = installation.device.counters;
  context.progress('creating the other rules');
  const begin = performance.now();
  for (const rule of rules) {
    installation.cluster.apply(rule);
    // The simulator shares this process: it has to answer the watches in between.
    await systemClock.sleep(0);
  }
  const created = performance.now();
  let seen = 0;
  let complete = false;
  await installation.until('complete device', 300, () => {
    if (monitor.lastChange !== seen) {
      seen = monitor.lastChange;
      complete = monitor.count(tenants) === cluster.pods;
    }
    return complete;
  });
  monitor.close();
  const declares = Math.max(...monitor.transactions.values());
  const allowed = Math.ceil((created - begin) / round) + 2;
  const measurements = {
    creationSeconds: (created - begin) / 1_000,
    convergedSeconds: (monitor.lastChange - created) / 1_000,
    mostDeclaresOfATenant: declares,
    declaresAtOnce: installation.device.counters.busyRejections - busyRejections,
  };
  return {
    measurements,
    ratios: { convergedToRound: (monitor.lastChange - created) / round },
    budgets: [
      atMost(measurements, 'convergedSeconds', (2 * round) / 1_000),
      atMost(measurements, 'mostDeclaresOfATenant', allowed),
      atMost(measurements, 'declaresAtOnce', 0),
    ],
  };
}
