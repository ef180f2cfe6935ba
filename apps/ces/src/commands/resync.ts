import { systemClock } from '#platform/clock';
import { operations } from '#report/api/operations';
import { type Command, InvalidArgumentError } from 'commander';
import { exitCode, UsageError } from '../exit-code.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { describeProgress, readProgress, type ResyncProgress } from '../online/resync-progress.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags {
  readonly all: boolean;
  readonly device?: string;
  readonly wait: boolean;
  /** In seconds. */
  readonly timeout: number;
}

/** Milliseconds between two looks at the tenants. */
const interval = 500;

/** `ces resync`: declares tenants again even if nothing changed, after a restore of the BIG-IP for instance. */
export function addResync(program: Command, terminal: Terminal): void {
  apiOptions(program.command('resync'))
    .description('declare tenants again even if nothing changed; after a restore of the BIG-IP, for instance')
    .argument('[tenants...]', 'which tenants')
    .option('--all', 'all tenants', false)
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .option('--wait', 'wait until the device holds them; exit with 1 when it does not come to that', false)
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300)
    .addHelpText('after', examples)
    .action((tenants: readonly string[], flags: Flags) => resync(tenants, flags, terminal));
}

const examples = `
Examples:
  ces resync shop
  ces resync --all --wait --timeout 60`;

async function resync(tenants: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.all === tenants.length > 0) throw new UsageError('Name the tenants, or say --all.');
  const { device, output } = flags;
  const api = connectApi(flags.apiUrl);
  const receipt = await api.connection.call(operations.resync, {
    body: { tenants: flags.all ? 'all' : tenants, ...(device === undefined ? {} : { device }) },
  });
  if (!flags.wait) {
    const asked = `A resync of ${receipt.tenants.join(', ')} is asked for, at position ${receipt.position}.`;
    terminal.out(output === 'json' ? JSON.stringify(receipt, null, 2) : asked);
    return;
  }
  const progress = await follow(() => readProgress(api.queries, receipt), flags.timeout, terminal);
  terminal.out(output === 'json' ? JSON.stringify({ ...receipt, ...progress }, null, 2) : describeProgress(progress));
  if (progress.failed.length > 0 || progress.waiting.length > 0) terminal.exit(exitCode.finding);
}

/** Looks again and again, and gives what it saw when all is over, or the time is. */
async function follow(
  look: () => Promise<ResyncProgress>,
  timeout: number,
  terminal: Terminal,
): Promise<ResyncProgress> {
  const end = systemClock.monotonic() + timeout * 1_000;
  for (;;) {
    const progress = await look();
    if (progress.waiting.length === 0 || systemClock.monotonic() >= end) return progress;
    terminal.progress(describeProgress(progress));
    await systemClock.sleep(interval);
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a number of seconds.');
}
