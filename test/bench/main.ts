/**
 * `npm run bench [-- --only NAME …] [-- --list]`: runs the benchmarks of this folder one after the other and prints
 * one JSON document on standard output; progress goes to standard error. Exits with 1 when a benchmark fails, with 2 for
 * an unknown name, and with 0 when a budget is missed: whoever reads the numbers knows the machine, and judges.
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
  const figures = { ...result.measurements, ...result.ratios };
  for (const { measurement, limit, kept } of result.budgets) {
    if (!kept) progress(`${name}: budget missed: ${measurement} is ${figures[measurement]}, limit ${limit}`);
  }
  return { name, about, seconds, ...result };
}

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] }, list: { type: 'boolean', default: false } },
});
const chosen = choose(await findBenchmarks(), values.only);
if (values.list) {
  for (const { name, about } of chosen) process.stdout.write(`${name}\t${about}\n`);
} else {
  const services = await startServices();
  try {
    const reports: Report[] = [];
    for (const benchmark of chosen) reports.push(await runBenchmark(benchmark, services));
    const machine = { node: process.versions.node, processors: cpus().length, model: cpus()[0]?.model ?? 'unknown' };
    const { postgres, redisUrl } = services;
    const document = { machine, postgres, redis: redisUrl !== undefined, benchmarks: reports };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } finally {
    await services.stop();
  }
}
