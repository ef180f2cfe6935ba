import { systemClock } from '#platform/clock';
import { atMost, type Benchmark, type BenchmarkContext, type BenchmarkResult } from './benchmark.js';
import { WholeSystem } from './whole-system.js';

const shape = { tenants: 5, rulesPerTenant: 200, podsPerRule: 2 } as const;
/** What the device takes for a tenant, in milliseconds. */
const deviceLatency = 1_000;
/** What it takes for all of them. */
const round = shape.tenants * deviceLatency;

export const benchmark: Benchmark = {
  name: 'burst',
  about: '1,000 rules created at once in 5 tenants, on a device that needs 1 s a tenant',
  run: (context) => WholeSystem.with(context, { shape, deviceLatency }, (system) => measure(system, context)),
};

async function measure(system: WholeSystem, context: BenchmarkContext): Promise<BenchmarkResult> {
  const { cluster, installation, monitor } = system;
  const rules = cluster.rules();
  context.progress('starting, with one rule a tenant');
  for (const rule of rules.splice(0, shape.tenants)) installation.cluster.apply(rule);
  await installation.startApps();
  await installation.until('first declarations', 300, () =>
    cluster.tenants.every((tenant) => monitor.transactions.has(tenant)),
  );
  await system.rest(3_000);
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
  await system.complete();
  const measurements = {
    creationSeconds: (created - begin) / 1_000,
    convergedSeconds: (monitor.lastChange - created) / 1_000,
    mostDeclaresOfATenant: Math.max(...monitor.transactions.values()),
    declaresAtOnce: installation.device.counters.busyRejections - busyRejections,
  };
  return {
    measurements,
    ratios: { convergedToRound: (monitor.lastChange - created) / round },
    budgets: [
      atMost(measurements, 'convergedSeconds', (2 * round) / 1_000),
      atMost(measurements, 'mostDeclaresOfATenant', Math.ceil((created - begin) / round) + 2),
      atMost(measurements, 'declaresAtOnce', 0),
    ],
  };
}
