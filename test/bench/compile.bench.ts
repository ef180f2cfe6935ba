import { type CompiledTenant, type CompileInput } from '#compile/compile-tenant';
import { createTenantCompiler, type TenantCompiler } from '#compile/tenant-compiler';
import { type DesiredRule } from '#core/desired';
import { configuration, desiredRule, desiredTenant, destination, tenantConfiguration } from '#testing/builders';
import { atMost, type Benchmark, percentile } from './benchmark.js';

const rules = 1_000;
const addressesPerRule = 10;
const rounds = 30;

export const benchmark: Benchmark = {
  name: 'compile',
  about: `a tenant of ${rules} rules and ${rules * addressesPerRule} addresses, from scratch, and after one address changed`,
  // The interface is for benchmarks that wait for services; this one only computes.
  // eslint-disable-next-line @typescript-eslint/require-await
  async run(context) {
    const measurements: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    for (const layout of ['in-place', 'rule-lists'] as const) {
      context.progress(layout);
      const { full, changed } = measure(layout);
      const name = layout === 'in-place' ? 'inPlace' : 'ruleLists';
      measurements[`${name}FullMilliseconds`] = full;
      measurements[`${name}OneAddressMilliseconds`] = changed;
      ratios[`${name}OneAddressToFull`] = changed / full;
      measurements[`${name}OneAddressToFull`] = changed / full;
    }
    const limit = 1 / 20;
    const budgets = ['inPlaceOneAddressToFull', 'ruleListsOneAddressToFull'].map((name) =>
      atMost(measurements, name, limit),
    );
    return { measurements, ratios, budgets };
  },
};

/** Medians in milliseconds of processor time. The input is new each time, as it comes out of the database. */
function measure(layout: 'in-place' | 'rule-lists'): { full: number; changed: number } {
  const full: number[] = [];
  const changed: number[] = [];
  const remembering = createTenantCompiler();
  let before = compile(remembering, input(layout, 0, null));
  for (let round = 1; round <= rounds; round += 1) {
    const next = input(layout, round, structuredClone(before.declaration));
    full.push(cpuMilliseconds(() => compile(createTenantCompiler(), next)).milliseconds);
    const incremental = cpuMilliseconds(() => compile(remembering, next));
    changed.push(incremental.milliseconds);
    before = incremental.result;
  }
  return { full: percentile(full, 0.5), changed: percentile(changed, 0.5) };
}

function compile(compiler: TenantCompiler, next: CompileInput): CompiledTenant {
  const result = compiler.compile(next);
  if (result === null) throw new Error('The benchmark compiled nothing.');
  return result;
}

function cpuMilliseconds<Result>(work: () => Result): { result: Result; milliseconds: number } {
  const begin = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begin);
  return { result, milliseconds: (user + system) / 1_000 };
}

/** One address of one rule differs between two rounds. */
function input(layout: 'in-place' | 'rule-lists', round: number, stored: CompileInput['stored']): CompileInput {
  const configurations = [configuration({ tenants: [tenantConfiguration({ layout })] })];
  const desired = desiredTenant({
    configurations,
    rules: Array.from({ length: rules }, (_, index) => rule(index, round)),
  });
  return { desired, as3Version: '3.56.0', stored };
}

function rule(index: number, round: number): DesiredRule {
  const name = `rule-${String(index).padStart(5, '0')}`;
  const addresses = Array.from({ length: addressesPerRule }, (_, address) => {
    const number = index * addressesPerRule + address;
    return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  });
  return desiredRule({
    uid: `uid-${index}`,
    name,
    namespace: `team-${index % 50}`,
    source: { type: 'service', namespace: `team-${index % 50}`, service: name },
    destinations: [destination({ externalService: `partner-${index % 200}` })],
    prefixes: index === 500 ? [...addresses.slice(1), `10.200.0.${round}`] : addresses,
  });
}
