/**
 * One benchmark: a file `NAME.bench.ts` in this folder that exports it as `benchmark`.
 * Absolute numbers are worth little on a machine that others use too: what is to be compared over time goes into
 * `ratios`, both sides measured in the same run.
 */
export interface Benchmark {
  /** The file's name without `.bench.ts`. */
  readonly name: string;
  /** What is measured, and how. */
  readonly about: string;
  run(context: BenchmarkContext): Promise<BenchmarkResult>;
}

export interface BenchmarkContext {
  /** An empty database of the benchmark's own; dropped afterwards. */
  readonly databaseUrl: string;
  /** Undefined without REDIS_URL. */
  readonly redisUrl: string | undefined;
  /** A name for keys and schemas that nobody else uses; removing what it names is the benchmark's business. */
  readonly prefix: string;
  /** Tells whoever waits how far it is; goes to standard error. */
  progress(text: string): void;
}

export interface BenchmarkResult {
  /** By name with the unit at its end: `redisPublishChangesPerSecond`. */
  readonly measurements: Readonly<Record<string, number>>;
  /** Quotients of two measurements of this run. */
  readonly ratios: Readonly<Record<string, number>>;
  /** What the project promises: each measurement with its limit. */
  readonly budgets: readonly Budget[];
}

export interface Budget {
  readonly measurement: string;
  readonly limit: number;
  readonly kept: boolean;
}

/** A budget that is kept while the measurement is at most `limit`. */
export function atMost(measurements: BenchmarkResult['measurements'], measurement: string, limit: number): Budget {
  return { measurement, limit, kept: measured(measurements, measurement) <= limit };
}

/** A budget that is kept while the measurement is at least `limit`. */
export function atLeast(measurements: BenchmarkResult['measurements'], measurement: string, limit: number): Budget {
  return { measurement, limit, kept: measured(measurements, measurement) >= limit };
}

function measured(measurements: BenchmarkResult['measurements'], name: string): number {
  const value = measurements[name];
  if (value === undefined) throw new Error(`There is no measurement ${name} to hold against a budget.`);
  return value;
}

/** The value that `share` of the samples do not exceed; `share` between 0 and 1. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('There are no samples.');
  return value;
}

export interface Timed<Result> {
  readonly result: Result;
  readonly seconds: number;
  /** Processor time of this process, in seconds: what others do on the machine does not count. */
  readonly cpuSeconds: number;
}

export async function timed<Result>(work: () => Promise<Result>): Promise<Timed<Result>> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const result = await work();
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { result, seconds, cpuSeconds: (user + system) / 1e6 };
}
