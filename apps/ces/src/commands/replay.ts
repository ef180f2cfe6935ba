import { isSame } from '#project/ports/replay';
import { type Command, Option } from 'commander';
import { parseNumber, parsePositionOrTime } from '../arguments.js';
import { caller } from '../caller.js';
import { describePast, readPast } from '../database/past.js';
import { describeReplay } from '../database/replay-description.js';
import { withReplay } from '../database/with-replay.js';
import { exitCode } from '../exit-code.js';
import { type Terminal } from '../terminal.js';

interface Flags {
  /** A position, or a time. */
  readonly until?: number | Date;
  readonly swap: boolean;
  /** How many differences of each projection are shown. */
  readonly show: number;
  readonly output: 'table' | 'json';
}

/** `ces replay`: makes the projections anew from the event log beside the live ones, up to now or to an earlier moment. */
export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description('make the projections anew from the event log and compare them, or show those of an earlier moment')
    .addOption(
      new Option('--until <position|time>', 'show rules, addresses and declarations as they were then')
        .argParser(parsePositionOrTime)
        .conflicts(['swap', 'show']),
    )
    .option('--swap', 'bring the live projections to what the log gives, where they differ', false)
    .option('--show <number>', 'show so many differences of each projection', parseNumber, 5)
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['table', 'json']).default('table'))
    .addHelpText('after', examples)
    .action((flags: Flags) =>
      flags.until === undefined ? compare(flags, terminal) : past(flags.until, flags, terminal),
    );
}

const examples = `
It works on the database of DATABASE_URL itself, and needs no other process.

Examples:
  ces replay
  ces replay --swap
  ces replay --until 2026-03-01T12:00:00Z`;

async function compare({ swap, show, output }: Flags, terminal: Terminal): Promise<void> {
  const actor = { name: caller(), origin: 'ces replay --swap' };
  const report = await withReplay(terminal, (replay) => (swap ? replay.swap(show, actor) : replay.compare(show)));
  terminal.out(output === 'json' ? JSON.stringify(report, null, 2) : describeReplay(report, terminal));
  if (!isSame(report) && !report.swapped) terminal.exit(exitCode.finding);
}

async function past(until: number | Date, { output }: Flags, terminal: Terminal): Promise<void> {
  const state = await withReplay(terminal, (replay) => readPast(replay, until));
  terminal.out(output === 'json' ? JSON.stringify(state, null, 2) : describePast(state, terminal));
}
