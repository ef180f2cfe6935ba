/**
 * `npm run bench [-- --only NAME …] [-- --strict] [-- --list]`: runs the benchmarks of this folder one after the other and
 * prints one JSON document on standard output; progress, and at the end every budget that was missed, go to standard
 * error. Exits with 1 when a benchmark fails (the others run all the same), with 2 for an unknown name. A missed budget
 * exits with 1 only under `--strict`: whoever reads the numbers knows the machine, and judges.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Benchmark, type BenchmarkResult, timed } from './benchmark.js';
import { type BenchmarkServices, startServices } from './services.js';

interface Report extends BenchmarkResult {
  readonly name: string;
  readonly about: string;
  readonly seconds: number;
}

function progress(text: string): void {
  process.stderr.write(`[bench] ${text}\n`);
}

async function findBenchmarks(): Promise<readonly Benchmark[]> {
  const folder = new URL('.', import.meta.url);
  const files = (await readdir(folder)).filter((file) => /\.bench\.[jt]s$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const module = (await import(new URL(file, folder).href)) as { readonly benchmark?: Benchmark };
      if (module.benchmark === undefined) throw new Error(`${file} exports no benchmark.`);
      return module.benchmark;
    }),
  );
}

function choose(all: readonly Benchmark[], only: readonly string[]): readonly Benchmark[] {
  const names = all.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    progress(`No benchmark is called ${unknown.join(', ')}; there are ${names.join(', ')}.`);
    process.exit(2);
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

async function runBenchmark(benchmark: Benchmark, services: BenchmarkServices): Promise<Report> {
  const { name, about } = benchmark;
  progress(`${name}: ${about}`);
  const { result, seconds } = await timed(() =>
    services.withDatabase((databaseUrl) =>
      benchmark.run({
        databaseUrl,
        redisUrl: services.redisUrl,
        prefix: `ces_test_bench_${randomBytes(4).toString('hex')}`,
        progress: (text) => {
          progress(`${name}: ${text}`);
        },
      }),
    ),
  );
  const report = { name, about, seconds, ...result };
  for (const missed of missedBudgets(report)) progress(missed);
  return report;
}

/** Null when it failed, which was told then. */
async function attempt(benchmark: Benchmark, services: BenchmarkServices): Promise<Report | null> {
  try {
    return await runBenchmark(benchmark, services);
  } catch (error) {
    progress(`${benchmark.name}: failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return null;
  }
}

function missedBudgets({ name, budgets, measurements, ratios }: Report): string[] {
  const figures = { ...measurements, ...ratios };
  return budgets.flatMap(({ measurement, limit, kept }) =>
    kept ? [] : [`${name}: budget missed: ${measurement} is ${figures[measurement]}, limit ${limit}`],
  );
}

/** Tells at the end what became of the budgets; gives how many were missed. */
function summarize(reports: readonly Report[]): number {
  const missed = reports.flatMap(missedBudgets);
  const all = reports.reduce((sum, { budgets }) => sum + budgets.length, 0);
  progress(`${all - missed.length} of ${all} budgets were kept`);
  for (const line of missed) progress(line);
  return missed.length;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});
const chosen = choose(await findBenchmarks(), values.only);
if (values.list) {
  for (const { name, about } of chosen) process.stdout.write(`${name}\t${about}\n`);
} else {
  const services = await startServices();
  try {
    const reports: Report[] = [];
    for (const benchmark of chosen) {
      const report = await attempt(benchmark, services);
      if (report !== null) reports.push(report);
    }
    const machine = { node: process.versions.node, processors: cpus().length, model: cpus()[0]?.model ?? 'unknown' };
    const { postgres, redisUrl } = services;
    const document = { machine, postgres, redis: redisUrl !== undefined, benchmarks: reports };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    const missed = summarize(reports);
    if (reports.length < chosen.length || (values.strict && missed > 0)) process.exitCode = 1;
  } finally {
    await services.stop();
  }
}
