import { Client } from 'pg';
import { atMost, type Benchmark, type BenchmarkContext, type BenchmarkResult } from './benchmark.js';
import { appNames } from './installation.js';
import { WholeSystem } from './whole-system.js';

const shape = { tenants: 5, rulesPerTenant: 200, podsPerRule: 2 } as const;
const deviceLatency = 300;
/** Before the device is lost, and in each half of its absence. */
const seconds = 40;
/** A replaced pod is two changes: one goes, one comes. */
const replacementsPerSecond = 100;

export const benchmark: Benchmark = {
  name: 'outage',
  about:
    `all four processes, 2,000 pods behind 1,000 rules in 5 tenants, ${2 * replacementsPerSecond} pod changes a second: ` +
    `${seconds} s with the device, ${2 * seconds} s while it swallows every packet; what grows meanwhile, and what follows`,
  run(context) {
    const options = { shape, deviceLatency, simulator: { retainedEvents: 200_000 } };
    return WholeSystem.with(context, options, (system) => measure(system, context));
  },
};

async function measure(system: WholeSystem, context: BenchmarkContext): Promise<BenchmarkResult> {
  const { cluster, installation, monitor } = system;
  for (const rule of cluster.rules()) installation.cluster.apply(rule);
  context.progress('cold start');
  await installation.startApps();
  await system.complete();
  context.progress(`${seconds} s of changes`);
  await system.replacePods(seconds, replacementsPerSecond);
  context.progress(`${2 * seconds} s without the device`);
  const before = await attempts(context);
  const outage = await installation.device.outage('black-hole');
  await system.replacePods(seconds, replacementsPerSecond);
  const halfway = await installation.usage();
  await system.replacePods(seconds, replacementsPerSecond);
  const end = await installation.usage();
  const attemptsMeanwhile = (await attempts(context)) - before;
  monitor.transactions.clear();
  context.progress('recovery');
  await outage.end();
  const recovered = performance.now();
  await installation.until('recovery', 120, () => monitor.missing === 0);
  await system.rest(3_000);
  const growth =
    halfway === null || end === null
      ? {}
      : Object.fromEntries(appNames.map((app) => [`${app}Growth`, end[app].peakMiB / halfway[app].peakMiB]));
  const measurements = {
    attemptsMeanwhile,
    recoverySeconds: (monitor.lastChange - recovered) / 1_000,
    mostDeclaresOfATenant: Math.max(...monitor.transactions.values()),
    ...growth,
  };
  return {
    measurements,
    ratios: growth,
    budgets: [
      // One each at the most that was begun when the device was lost; nothing for every change, nor for every try.
      atMost(measurements, 'attemptsMeanwhile', shape.tenants),
      atMost(measurements, 'mostDeclaresOfATenant', 1),
      // The most memory that a process ever had, in the second half of the outage to the first.
      ...Object.keys(growth).map((name) => atMost(measurements, name, 1.1)),
    ],
  };
}

/** Attempts to declare a tenant that were ever written down. */
async function attempts({ databaseUrl }: BenchmarkContext): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM apply_attempt');
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
}
