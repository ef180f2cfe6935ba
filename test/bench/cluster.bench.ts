import { atMost, type Benchmark, type BenchmarkContext, type BenchmarkResult, percentile } from './benchmark.js';
import { type AppName, appNames, type Installation, type Usage } from './installation.js';
import { WholeSystem } from './whole-system.js';

const shape = { tenants: 5, rulesPerTenant: 200, podsPerRule: 10 } as const;

/** The worker's window, in milliseconds: so long it gathers changes before it declares. */
const window = 200;
/** After so many milliseconds without a declaration the next change meets an idle system. */
const restful = 3 * window;
const singleChanges = 30;
const churnSeconds = 60;
/** A replaced pod is two changes: one goes, one comes. */
const replacementsPerSecond = 100;
/** What the device takes for a tenant during the churn, in milliseconds. */
const deviceLatency = 300;

export const benchmark: Benchmark = {
  name: 'cluster',
  about:
    `all four processes, 10,000 pods behind 1,000 rules in 5 tenants: a cold start, one change ` +
    `at a time on an idle device, and ${2 * replacementsPerSecond} pod changes a second for ${churnSeconds} s`,
  run(context) {
    const options = { shape, deviceLatency, simulator: { retainedEvents: 200_000 } };
    return WholeSystem.with(context, options, (system) => measure(system, context));
  },
};

async function measure(system: WholeSystem, context: BenchmarkContext): Promise<BenchmarkResult> {
  const { cluster, installation } = system;
  for (const rule of cluster.rules()) installation.cluster.apply(rule);
  context.progress('cold start');
  const coldStartSeconds = await coldStart(system);
  const started = await installation.usage();
  context.progress(`${singleChanges} single changes`);
  const toPost = await singlePosts(system);
  context.progress(`${churnSeconds} s of churn`);
  const beforeChurn = await installation.usage();
  const churned = await churn(system);
  const ended = await installation.usage();
  const memory = ended === null ? {} : each(ended, (app, { peakMiB }) => [`${app}PeakMiB`, peakMiB]);
  const measurements = {
    coldStartSeconds,
    watchToPostMilliseconds: percentile(toPost, 0.5),
    watchToPostP95Milliseconds: percentile(toPost, 0.95),
    ...churned,
    ...memory,
    ...(started === null ? {} : each(started, (app, { cpuSeconds }) => [`${app}ColdStartCpuSeconds`, cpuSeconds])),
    ...(ended === null || beforeChurn === null
      ? {}
      : each(ended, (app, { cpuSeconds }) => [`${app}ChurnCpuSeconds`, cpuSeconds - beforeChurn[app].cpuSeconds])),
  };
  return {
    measurements,
    ratios: {
      // One that grows is a system that falls behind.
      churnLagEndToBegin: churned.churnToDeviceLastThirdMilliseconds / churned.churnToDeviceFirstThirdMilliseconds,
      churnToDeviceToRound: churned.churnToDeviceMilliseconds / (shape.tenants * deviceLatency),
    },
    budgets: [
      atMost(measurements, 'coldStartSeconds', 30),
      atMost(measurements, 'watchToPostMilliseconds', window + 150),
      atMost(measurements, 'churnDeviceIdleP95Milliseconds', 2_000),
      atMost(measurements, 'churnBusyRejections', 0),
      ...Object.keys(memory).map((name) => atMost(measurements, name, 512)),
    ],
  };
}

function each(usage: Readonly<Record<AppName, Usage>>, name: (app: AppName, used: Usage) => [string, number]) {
  return Object.fromEntries(appNames.map((app) => name(app, usage[app])));
}

/** Seconds from the start of the processes to a device that holds everything. */
async function coldStart(system: WholeSystem): Promise<number> {
  const begin = performance.now();
  await system.installation.startApps();
  await system.complete();
  return (system.monitor.lastChange - begin) / 1_000;
}

/** Milliseconds from a change in the cluster to the POST that carries it, on a device that has nothing else to do. */
async function singlePosts(system: WholeSystem): Promise<readonly number[]> {
  const { cluster, installation, monitor } = system;
  const samples: number[] = [];
  const { device } = installation;
  for (let change = 0; change < singleChanges; change += 1) {
    await system.rest(restful);
    device.clearRequests();
    const began = Date.now();
    const replacement = cluster.replacePod();
    monitor.expect(replacement);
    await installation.until('arrival of a single change', 60, () => monitor.missing === 0);
    const post = device.requests.find(
      ({ method, path }) => method === 'POST' && path.endsWith(`/declare/${replacement.tenant}`),
    );
    if (post === undefined) throw new Error('An address arrived without a declaration.');
    samples.push(post.at.getTime() - began);
  }
  return samples;
}

async function churn(system: WholeSystem) {
  const { installation, monitor } = system;
  await system.rest(restful);
  monitor.arrivals.length = 0;
  const before = installation.device.counters;
  const idle = idleGaps(installation);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await system.replacePods(churnSeconds, replacementsPerSecond);
  const drivenSeconds = (performance.now() - begin) / 1_000;
  const driving = process.cpuUsage(cpu);
  idle.stop();
  const last = performance.now();
  await installation.until('end of the churn on the device', 120, () => monitor.missing === 0);
  const after = installation.device.counters;
  const third = (performance.now() - begin) / 3;
  const within = (from: number, to: number) =>
    percentile(
      monitor.arrivals
        .filter(({ at }) => at >= begin + from && at < begin + to)
        .map(({ milliseconds }) => milliseconds),
      0.5,
    );
  const all = monitor.arrivals.map(({ milliseconds }) => milliseconds);
  return {
    churnPodChangesPerSecond: (2 * churnSeconds * replacementsPerSecond) / drivenSeconds,
    churnDeclares: after.declares - before.declares,
    churnBusyRejections: after.busyRejections - before.busyRejections,
    churnToDeviceMilliseconds: percentile(all, 0.5),
    churnToDeviceP99Milliseconds: percentile(all, 0.99),
    churnToDeviceFirstThirdMilliseconds: within(0, third),
    churnToDeviceLastThirdMilliseconds: within(2 * third, 3 * third),
    churnDeviceIdleP95Milliseconds: percentile(idle.milliseconds, 0.95),
    simulatorsChurnCpuSeconds: (driving.user + driving.system) / 1e6,
    churnSettledSeconds: (monitor.lastChange - last) / 1_000,
  };
}

/** From the end of each transaction to the arrival of the next declaration, in milliseconds: so long the device idles. */
function idleGaps({ device }: Installation): { readonly milliseconds: readonly number[]; stop(): void } {
  const milliseconds: number[] = [];
  let ended: number | null = null;
  const stop = device.onDeviceState((_, { phase }) => {
    if (phase !== 'transaction') return;
    const post = device.requests.findLast(({ method, path }) => method === 'POST' && path.includes('/declare/'));
    if (ended !== null && post !== undefined) milliseconds.push(Math.max(0, post.at.getTime() - ended));
    ended = Date.now();
  });
  return { milliseconds, stop };
}
