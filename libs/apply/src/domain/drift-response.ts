import { planTenant } from '#compile/tenant-plan';
import { type Configuration } from '#core/configuration';
import { type DesiredTenant } from '#core/desired';
import { type DriftFinding, type DriftResponse, type DriftStanding } from '#project/ports/drift';

/** So many repairs in a row, and somebody else wants it otherwise: from then on it is told, and not fought. */
const mostRepairs = 3;
/** After so long without a repair the next one is the first again, in milliseconds. */
const calm = 60 * 60_000;

/** What is done about drift. A tenant's deciding configuration says whether it is repaired at all (ADR 16). */
export function responseTo(
  finding: DriftFinding,
  desired: DesiredTenant,
  { present, repairs, lastRepair }: DriftStanding,
  now: Date,
): DriftResponse {
  const wanted = decidingConfiguration(desired)?.drift ?? 'report';
  if (wanted === 'report' || !isReparable(finding)) return { action: 'report', repairs };
  if (present?.action === 'contested') return { action: 'contested', repairs };
  const before = lastRepair !== null && now.getTime() - lastRepair.getTime() < calm ? repairs : 0;
  return before < mostRepairs ? { action: 'repair', repairs: before + 1 } : { action: 'contested', repairs: before };
}

/** How long a look at the device is good for, in milliseconds. */
export function intervalOf(desired: DesiredTenant): number {
  return (decidingConfiguration(desired)?.driftInterval ?? defaultInterval) * 1_000;
}

const defaultInterval = 300;

/** A policy of somebody else is never replaced, and a missing route domain is not ours to create. */
function isReparable({ objects, furtherObjects, enforcement }: DriftFinding): boolean {
  return objects.length + furtherObjects > 0 || enforcement.some(({ found }) => found === null);
}

function decidingConfiguration(desired: DesiredTenant): Configuration | null {
  return planTenant(desired)?.configuration ?? null;
}
