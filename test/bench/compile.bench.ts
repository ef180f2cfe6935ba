import { type CompiledTenant, type CompileInput } from '#compile/compile-tenant';
import { createTenantCompiler, type TenantCompiler } from '#compile/tenant-compiler';
import { type Layout } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { compareRules } from '#core/order';
import { configuration, desiredRule, desiredTenant, destination, tenantConfiguration } from '#testing/builders';
import { atMost, type Benchmark } from './benchmark.js';

const rules = 1_000;
const addressesPerRule = 10;
const roundCount = 30;

export const benchmark: Benchmark = {
  name: 'compile',
  about: `a tenant of ${rules} rules and ${rules * addressesPerRule} addresses: from scratch, and after one address changed`,
  // The interface is for benchmarks that wait for services; this one only computes.
  // eslint-disable-next-line @typescript-eslint/require-await
  async run(context) {
    const measurements: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    for (const layout of ['in-place', 'rule-lists'] as const) {
      context.progress(layout);
      const name = layout === 'in-place' ? 'inPlace' : 'ruleLists';
      const fastest = measure(layout);
      for (const [what, spent] of Object.entries(fastest)) measurements[`${name}${what}Milliseconds`] = spent;
      ratios[`${name}OneAddressToFull`] = fastest.OneAddress / fastest.Full;
      ratios[`${name}OneAddressWithBodyToFull`] = fastest.OneAddressWithBody / fastest.FullWithBody;
      ratios[`${name}OneAddressAllRulesReadAnewToFull`] = fastest.OneAddressAllRulesReadAnew / fastest.Full;
    }
    const limit = 1 / 20;
    const budgets = ['inPlaceOneAddressToFull', 'ruleListsOneAddressToFull'].map((name) => atMost(ratios, name, limit));
    return { measurements, ratios, budgets };
  },
};

/**
 * Milliseconds of processor time in the fastest round, so that neither other processes nor the clearing away of the
 * rounds' input counts. Until the digest is known, which tells whether there is anything to declare; and with the body
 * that is declared then. What AS3 stored is new in each round. The rules are the same objects but for the one that
 * changed; `AllRulesReadAnew`: all of them are new objects of the same content.
 */
function measure(layout: Layout) {
  const rounds = Array.from({ length: roundCount }, (_, index) => measureRound(layout, index + 1));
  const fastest = (what: keyof Round) => Math.min(...rounds.map((round) => round[what]));
  return {
    Full: fastest('full'),
    FullWithBody: fastest('fullWithBody'),
    OneAddress: fastest('oneAddress'),
    OneAddressWithBody: fastest('oneAddressWithBody'),
    OneAddressAllRulesReadAnew: fastest('allRulesReadAnew'),
  };
}

type Round = ReturnType<typeof measureRound>;

function measureRound(layout: Layout, round: number) {
  const [remembering, reading] = [createTenantCompiler(), createTenantCompiler()];
  const before = input(layout, initialRules, null);
  const { declaration } = compile(remembering, before);
  compile(reading, before);
  const changed = initialRules.with(500, withOtherAddress(initialRules[500] ?? rule(500), round));
  const next = input(layout, changed, structuredClone(declaration));
  const full = timed(() => compile(createTenantCompiler(), next));
  const oneAddress = timed(() => compile(remembering, next));
  const anew = input(layout, structuredClone(changed), structuredClone(declaration));
  return {
    full: full.spent,
    fullWithBody: full.spent + timed(() => full.result.declaration).spent,
    oneAddress: oneAddress.spent,
    oneAddressWithBody: oneAddress.spent + timed(() => oneAddress.result.declaration).spent,
    allRulesReadAnew: timed(() => compile(reading, anew)).spent,
  };
}

function compile(compiler: TenantCompiler, next: CompileInput): CompiledTenant {
  const result = compiler.compile(next);
  if (result === null) throw new Error('The benchmark compiled nothing.');
  return result;
}

function timed<Result>(work: () => Result): { result: Result; spent: number } {
  const begin = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begin);
  return { result, spent: (user + system) / 1_000 };
}

function input(layout: Layout, desiredRules: readonly DesiredRule[], stored: CompileInput['stored']): CompileInput {
  const configurations = [configuration({ tenants: [tenantConfiguration({ layout })] })];
  return { desired: desiredTenant({ configurations, rules: desiredRules }), as3Version: '3.56.0', stored };
}

function rule(index: number): DesiredRule {
  const name = `rule-${String(index).padStart(5, '0')}`;
  const namespace = `team-${index % 50}`;
  return desiredRule({
    uid: `uid-${index}`,
    name,
    namespace,
    source: { type: 'service', namespace, service: name },
    destinations: [destination({ externalService: `partner-${index % 200}` })],
    prefixes: Array.from({ length: addressesPerRule }, (_, address) => addressOf(index * addressesPerRule + address)),
  });
}

function withOtherAddress(before: DesiredRule, round: number): DesiredRule {
  return { ...before, prefixes: [...(before.prefixes ?? []).slice(1), `10.200.0.${round}`] };
}

function addressOf(number: number): string {
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

const initialRules = Array.from({ length: rules }, (_, index) => rule(index)).sort(compareRules);
