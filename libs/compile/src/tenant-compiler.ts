import { type DesiredRule } from '#core/desired';
import { compareRules } from '#core/order';
import { type CompiledTenant, type CompileInput } from './compiled-tenant.js';
import { DeclaredPolicies } from './declared-policy.js';
import { Digests } from './digest.js';
import { ObjectTables } from './object-table.js';
import { type FragmentSetting, ruleFragment } from './rule-fragment.js';
import { compilesTheSame } from './same-rule.js';
import { assembleTenant, type AssemblyMemory, type CompiledRule } from './tenant-assembly.js';
import { planTenant } from './tenant-plan.js';

/** Compiles like `compileTenant`, and remembers the parts, so that it costs little when little has changed. */
export interface TenantCompiler {
  compile(input: CompileInput): CompiledTenant | null;
}

/**
 * A compiler for the same tenant again and again. It holds the parts of the last compilation and nothing else; what it
 * gives is always what `compileTenant` gives.
 */
export function createTenantCompiler(): TenantCompiler {
  const memory: AssemblyMemory = {
    declared: new DeclaredPolicies(),
    tables: new ObjectTables(),
    digests: new Digests(),
  };
  let before: Compilation = { setting: '', rules: [] };
  return {
    compile({ desired, as3Version, stored }) {
      const plan = planTenant(desired);
      if (plan === null) return null;
      const setting: FragmentSetting = { tenant: plan.tenant, layout: plan.layout, as3Version };
      const ordered = [...desired.rules].sort(compareRules);
      const text = JSON.stringify(setting);
      before = { setting: text, rules: compileRules(ordered, setting, before.setting === text ? before.rules : []) };
      return assembleTenant(plan, before.rules, { as3Version, stored }, memory);
    },
  };
}

interface Compilation {
  readonly setting: string;
  /** In rule order. */
  readonly rules: readonly CompiledRule[];
}

function compileRules(
  ordered: readonly DesiredRule[],
  setting: FragmentSetting,
  before: readonly CompiledRule[],
): CompiledRule[] {
  let byName: ReadonlyMap<string, CompiledRule> | null = null;
  return ordered.map((rule, index) => {
    const there = before[index];
    if (there !== undefined && compilesTheSame(there.rule, rule)) return { rule, fragment: there.fragment };
    byName ??= new Map(before.map((entry) => [nameOf(entry.rule), entry]));
    const elsewhere = byName.get(nameOf(rule));
    return elsewhere !== undefined && compilesTheSame(elsewhere.rule, rule)
      ? { rule, fragment: elsewhere.fragment }
      : { rule, fragment: ruleFragment(rule, setting) };
  });
}

function nameOf({ cluster, kind, namespace, name }: DesiredRule): string {
  return `${cluster} ${kind} ${namespace} ${name}`;
}
