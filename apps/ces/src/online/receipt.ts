import { systemClock } from '#platform/clock';
import { type Command, InvalidArgumentError } from 'commander';
import { exitCode } from '../exit-code.js';
import { type Terminal } from '../terminal.js';
import { type Api, type ApiFlags } from './api.js';
import { type CommandProgress, describeProgress, type OfDevice, readProgress } from './command-progress.js';

/** What every command has that asks for a declaration. */
export interface WaitFlags {
  readonly wait: boolean;
  /** In seconds. */
  readonly timeout: number;
}

/** Milliseconds between two looks at the tenants. */
const interval = 500;

export function waitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until the device holds it; exit with 1 when it does not come to that', false)
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300);
}

interface Given<Receipt extends OfDevice> {
  readonly receipt: Receipt;
  /** That it is asked for, in words. */
  readonly asked: string;
  readonly api: Api;
  readonly flags: ApiFlags & WaitFlags;
  readonly terminal: Terminal;
}

/** Says that a command was given, or with `--wait` what came of it. */
export async function tellReceipt<Receipt extends OfDevice>(given: Given<Receipt>): Promise<void> {
  const { receipt, asked, api, flags, terminal } = given;
  const say = (answer: object, text: string) => {
    terminal.out(flags.output === 'json' ? JSON.stringify(answer, null, 2) : text);
  };
  if (!flags.wait) {
    say(receipt, asked);
    return;
  }
  const look = () => readProgress(api.queries, receipt);
  const isOver = ({ waiting }: CommandProgress) => waiting.length === 0;
  const progress = await follow({ look, isOver, describe: describeProgress }, flags.timeout, terminal);
  say({ ...receipt, ...progress }, describeProgress(progress));
  if (progress.failed.length > 0 || progress.waiting.length > 0) terminal.exit(exitCode.finding);
}

/** What is looked at until it is over. */
interface Followed<Progress> {
  readonly look: () => Promise<Progress>;
  readonly isOver: (progress: Progress) => boolean;
  readonly describe: (progress: Progress) => string;
}

/** Looks again and again, and gives what it saw when all is over, or the time is. @param timeout in seconds */
export async function follow<Progress>(
  { look, isOver, describe }: Followed<Progress>,
  timeout: number,
  terminal: Terminal,
): Promise<Progress> {
  const end = systemClock.monotonic() + timeout * 1_000;
  for (;;) {
    const progress = await look();
    if (isOver(progress) || systemClock.monotonic() >= end) return progress;
    terminal.progress(describe(progress));
    await systemClock.sleep(interval);
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a number of seconds.');
}
