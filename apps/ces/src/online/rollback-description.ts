import { type Rollback } from '#project/ports/commands';
import { type RuleDifference } from '#project/domain/rule-difference';
import { type Terminal } from '../terminal.js';
import { placeOf, printable, timeText } from './wording.js';

/** What a rollback changes on the device, rule by rule: what opens is said. */
export function describeRollback(rollback: Rollback, terminal: Terminal): string {
  const { tenant, version, effective, current, pinned, differences } = rollback;
  const since = timeText(effective.to);
  const head = [
    terminal.paint(
      'bold',
      `${tenant}: from version ${current} back to the rules of version ${version} (on the device since ${since})`,
    ),
    ...(pinned === null ? [] : [`It is pinned to version ${pinned}, and would be pinned to ${version} instead.`]),
  ];
  if (differences.length === 0) return [...head, "  no difference, with today's addresses"].join('\n');
  return [...head, ...differences.flatMap((difference) => ruleLines(difference, terminal)), summary(differences)].join(
    '\n',
  );
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

function ruleLines(difference: RuleDifference, terminal: Terminal): string[] {
  const { change, kind, action, opens, details } = difference;
  const opening = opens ? `  ${terminal.paint('yellow', 'opens')}` : '';
  return [
    `  ${signs[change]} ${kind} ${placeOf(difference)}: ${action}${opening}`,
    ...(change === 'changed'
      ? details.map(({ change: how, what, text }) => {
          const line = printable(`      ${signs[how]} ${what}: ${text}`);
          return terminal.paint(how === 'added' ? 'green' : 'red', line);
        })
      : details.filter(({ what }) => shown.has(what)).map(({ what, text }) => printable(`      ${what}: ${text}`))),
  ];
}

/** Of rules that come or go as a whole. */
const shown: ReadonlySet<string> = new Set(['source', 'destination', 'address']);

function summary(differences: readonly RuleDifference[]): string {
  const opening = differences.filter(({ opens }) => opens).length;
  return opening === 0
    ? 'Nothing passes afterwards that does not now.'
    : `What ${opening} of ${differences.length} of these let pass afterwards may not pass now; look at them before you go on.`;
}
