import { canonicalPrefix } from '#core/network';
import { type Command, InvalidArgumentError } from 'commander';
import { parsePastTime } from '../arguments.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { describeAddress } from '../online/address-description.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags {
  readonly at?: Date;
  readonly cluster?: string;
}

/** `ces grants`: which rules let an address out at a moment, whose it was, and who wrote them. */
export function addGrants(program: Command, terminal: Terminal): void {
  apiOptions(program.command('grants'))
    .description('show which rules let an address out, now or at an earlier moment, whose it was, and who wrote them')
    .argument('<address>', 'an IPv4 or IPv6 address', parseAddress)
    .option('--at <time>', 'a moment in the past; now by default', parsePastTime)
    .option('--cluster <name>', 'only rules of this cluster')
    .addHelpText('after', examples)
    .action((address: string, flags: Flags) => showGrants(address, flags, terminal));
}

const examples = `
Examples:
  ces grants 10.1.2.3
  ces grants 10.1.2.3 --at '2026-03-01 14:03:00Z'`;

async function showGrants(address: string, { apiUrl, output, ...rest }: Flags, terminal: Terminal): Promise<void> {
  const answer = await connectApi(apiUrl).history.grants({ address, ...rest });
  terminal.out(output === 'json' ? JSON.stringify(answer, null, 2) : describeAddress(answer, terminal));
}

function parseAddress(text: string): string {
  const address = canonicalPrefix(text);
  if (address !== null && !address.includes('/')) return address;
  throw new InvalidArgumentError('It is an IPv4 or IPv6 address, without a length.');
}
