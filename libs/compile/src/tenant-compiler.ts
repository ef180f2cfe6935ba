import { type DesiredRule } from '#core/desired';
import { compareRules } from '#core/order';
import { type CompiledTenant, type CompileInput } from './compiled-tenant.js';
import { Digests } from './digest.js';
import { type FragmentSetting, type RuleFragment, ruleFragment } from './rule-fragment.js';
import { compilesTheSame } from './same-rule.js';
import { assembleTenant } from './tenant-assembly.js';
import { planTenant } from './tenant-plan.js';

/** Compiles like `compileTenant`, and remembers the parts, so that it costs little when little has changed. */
export interface TenantCompiler {
  compile(input: CompileInput): CompiledTenant | null;
}

/**
 * A compiler for one tenant after the other, or for the same one again and again (then it is fast). It holds the
 * fragments of the last compilation and nothing else; what it gives is always what `compileTenant` gives.
 */
export function createTenantCompiler(): TenantCompiler {
  const digests = new Digests();
  let fragments: ReadonlyMap<string, Remembered> = new Map();
  let remembered = '';
  return {
    compile({ desired, as3Version, stored }) {
      const plan = planTenant(desired);
      if (plan === null) return null;
      const setting: FragmentSetting = { tenant: plan.tenant, layout: plan.layout, as3Version };
      const known = remembered === JSON.stringify(setting) ? fragments : new Map<string, Remembered>();
      const ordered = [...desired.rules].sort(compareRules).map((rule) => remember(rule, known, setting));
      fragments = new Map(ordered.map((entry) => [keyOf(entry.rule), entry]));
      remembered = JSON.stringify(setting);
      return assembleTenant(plan, ordered, { as3Version, stored }, digests);
    },
  };
}

interface Remembered {
  readonly rule: DesiredRule;
  readonly fragment: RuleFragment;
}

function remember(rule: DesiredRule, known: ReadonlyMap<string, Remembered>, setting: FragmentSetting): Remembered {
  const before = known.get(keyOf(rule));
  return before !== undefined && compilesTheSame(before.rule, rule)
    ? { rule, fragment: before.fragment }
    : { rule, fragment: ruleFragment(rule, setting) };
}

function keyOf(rule: DesiredRule): string {
  return `${rule.cluster}/${rule.uid}`;
}
