import { type CompiledTenant, type CompileInput } from './compiled-tenant.js';
import { createTenantCompiler } from './tenant-compiler.js';

export type { CompiledTenant, CompileInput, Enforcement, LeftOut } from './compiled-tenant.js';

/**
 * Compiles the desired state of one tenant. Pure and deterministic: the order of the input does not matter. Null when
 * there is nothing to declare: no rule, nothing of ours stored, and nothing that is declared ahead of rules.
 * Where the same tenant is compiled again and again, a `TenantCompiler` does it faster.
 */
export function compileTenant(input: CompileInput): CompiledTenant | null {
  return createTenantCompiler().compile(input);
}
