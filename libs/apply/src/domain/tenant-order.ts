import { commonTenant } from '#core/configuration';
import { compareTexts } from '#core/order';
import { type TenantWork } from '#project/ports/desired-state';

/**
 * The order in which a device's tenants are declared: those that withdraw an address which another one grants come before
 * it (promise 2), otherwise those with withdrawals, then by name with Common first.
 */
export function inDeclarationOrder(tenants: readonly TenantWork[]): TenantWork[] {
  const remaining = [...tenants].sort(byUrgency);
  const ordered: TenantWork[] = [];
  while (remaining.length > 0) {
    const free = remaining.findIndex(
      (tenant) => !remaining.some((other) => other !== tenant && waitsFor(tenant, other)),
    );
    // Two tenants that exchange addresses: neither can be first for both; the more urgent one goes.
    ordered.push(...remaining.splice(Math.max(free, 0), 1));
  }
  return ordered;
}

/** Whether `tenant` grants an address that `other` still has to withdraw. */
export function waitsFor(tenant: TenantWork, other: TenantWork): boolean {
  if (other.withdrawn.length === 0) return false;
  const withdrawn = new Set(other.withdrawn.map(withoutRouteDomain));
  return tenant.desired.rules.some((rule) =>
    rule.prefixes?.some((prefix) => withdrawn.has(withoutRouteDomain(prefix))),
  );
}

function byUrgency(left: TenantWork, right: TenantWork): number {
  const rank = (work: TenantWork) => Number(work.withdrawn.length === 0);
  const common = (work: TenantWork) => Number(work.desired.tenant !== commonTenant);
  return (
    rank(left) - rank(right) || common(left) - common(right) || compareTexts(left.desired.tenant, right.desired.tenant)
  );
}

function withoutRouteDomain(prefix: string): string {
  return prefix.replace(/%\d+/, '');
}
