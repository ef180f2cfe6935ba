import { type RemovalSummary } from '#project/ports/queries';
import { printable } from './wording.js';

/** What came of a request to remove a tenant, or to look whether it could be. */
export function describeRemoval({ tenant, device, state, dryRun, finding }: RemovalSummary): string {
  const place = printable(`${tenant} on ${device}`);
  if (state === 'open') return `${place}: no worker has taken it up yet`;
  if (state === 'removed') return `${place}: removed`;
  if (finding === null || finding.obstacles.length > 0) {
    const against = finding?.obstacles.map(({ reason, message }) => `  ${reason}: ${printable(message)}`) ?? [];
    return [`${place}: ${dryRun ? 'cannot be removed' : 'was not removed'}`, ...against].join('\n');
  }
  if (!finding.stored) return `${place}: AS3 does not know it. Nothing would be deleted; CES would only forget it.`;
  const more = finding.count > finding.objects.length ? [`  and ${finding.count - finding.objects.length} more`] : [];
  return [
    `${place}: can be removed. AS3 would delete ${finding.count} objects:`,
    ...finding.objects.map((object) => `  - ${printable(object)}`),
    ...more,
  ].join('\n');
}

/** Whether it is as was asked for: it is gone, or nothing is against it. */
export function isAsAsked({ state, finding }: RemovalSummary): boolean {
  return state === 'removed' || (state === 'shown' && finding?.obstacles.length === 0);
}
