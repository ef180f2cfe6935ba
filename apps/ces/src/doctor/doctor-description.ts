import { table } from '../online/table.js';
import { type Style, type Terminal } from '../terminal.js';
import { type CheckResult } from './examination.js';

const styles: Readonly<Record<CheckResult['state'], Style | null>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: null,
};

/** A table of all checks, and below it what to do about those that are not as they should be. */
export function describeExamination(results: readonly CheckResult[], { paint }: Pick<Terminal, 'paint'>): string {
  const painted = (state: CheckResult['state']) => {
    const style = styles[state];
    return style === null ? state : paint(style, state);
  };
  const checks = table<CheckResult>(
    [
      { title: 'AREA', cell: ({ area }) => area },
      { title: 'CHECK', cell: ({ check }) => check },
      { title: 'RESULT', cell: ({ state }) => painted(state) },
      { title: 'FOUND', cell: ({ found }) => found },
    ],
    results,
  );
  const advice = results.flatMap((result) =>
    'remedy' in result
      ? [`${painted(result.state)} ${result.area}, ${result.check}: ${result.meaning}\n  ${result.remedy}`]
      : [],
  );
  const counted = (['ok', 'warning', 'failed', 'skipped'] as const).map(
    (state) => `${results.filter((result) => result.state === state).length} ${state}`,
  );
  return [checks, ...advice, `${counted.join(', ')}.`].join('\n\n');
}
