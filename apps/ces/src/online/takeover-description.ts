import { type TakeoverSummary } from '#project/ports/queries';
import { timeText } from './wording.js';

/** How a take-over stands, in a few words. */
export function takeoverState({ done, approval, finding }: TakeoverSummary): string {
  if (done) return 'done';
  if (finding.reason === 'Observing') return 'observed';
  if (approval?.holds === true) return 'approved';
  return 'waits for approval';
}

/** A take-over for people: objects first, then the packets that would be judged differently. */
export function describeTakeover(takeover: TakeoverSummary): string {
  const { device, tenant, finding, foundAt, approval } = takeover;
  const { objects, differences, effect, counts, steps } = finding;
  const approved =
    approval === null
      ? []
      : [
          `Approved by ${approval.by.name} (${approval.by.origin}) at ${timeText(approval.at)}` +
            (approval.holds ? '' : ', of an earlier finding: it has to be approved anew'),
        ];
  const declarations = steps === 1 ? 'one declaration' : `${String(steps)} declarations, none of which opens anything`;
  return [
    `${tenant} on ${device}: ${takeoverState(takeover)} (found at ${timeText(foundAt)})`,
    ...approved,
    `It takes ${declarations}. Digest ${finding.digest}`,
    ...section('In the partition, unknown to AS3; AS3 would delete', objects, counts.objects),
    ...section('Objects', differences, counts.differences),
    ...(counts.effect === 0
      ? ['', 'No packet would be judged differently.']
      : section(
          'Packets that would be judged differently',
          effect.map(({ change, packets }) => `${change.toUpperCase()} ${packets}`),
          counts.effect,
        )),
  ].join('\n');
}

function section(title: string, lines: readonly string[], count: number): string[] {
  if (count === 0) return [];
  const more = count > lines.length ? [`  and ${String(count - lines.length)} more`] : [];
  return ['', `${title}:`, ...lines.map((line) => `  ${line}`), ...more];
}
