import { type Command } from 'commander';
import { exitCode } from '../exit-code.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { describeOverview } from '../online/overview-description.js';
import { readOverview, verdictOf } from '../online/overview.js';
import { type Terminal } from '../terminal.js';

/** `ces status`: is everything in step, and if not, what waits or has failed, and why. Exit code 1 when something failed. */
export function addStatus(program: Command, terminal: Terminal): void {
  apiOptions(program.command('status'))
    .description('say whether everything is in step, and if not, why; exit with 1 when something has failed')
    .addHelpText('after', examples)
    .action((flags: ApiFlags) => showStatus(flags, terminal));
}

const examples = `
Examples:
  ces status
  ces status --output json | jq .verdict`;

async function showStatus(flags: ApiFlags, terminal: Terminal): Promise<void> {
  const overview = await readOverview(connectApi(flags.apiUrl).queries);
  const verdict = verdictOf(overview);
  terminal.out(
    flags.output === 'json'
      ? JSON.stringify({ verdict, ...overview }, null, 2)
      : describeOverview(overview, verdict, terminal),
  );
  if (verdict === 'failed') terminal.exit(exitCode.finding);
}
