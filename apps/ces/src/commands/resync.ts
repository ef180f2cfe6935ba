import { operations } from '#report/api/operations';
import { type Command } from 'commander';
import { UsageError } from '../exit-code.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { tellReceipt, type WaitFlags, waitOptions } from '../online/receipt.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, WaitFlags {
  readonly all: boolean;
  readonly device?: string;
}

/** `ces resync`: declares tenants again even if nothing changed, after a restore of the BIG-IP for instance. */
export function addResync(program: Command, terminal: Terminal): void {
  waitOptions(apiOptions(program.command('resync')))
    .description('declare tenants again even if nothing changed; after a restore of the BIG-IP, for instance')
    .argument('[tenants...]', 'which tenants')
    .option('--all', 'all tenants', false)
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .addHelpText('after', examples)
    .action((tenants: readonly string[], flags: Flags) => resync(tenants, flags, terminal));
}

const examples = `
Examples:
  ces resync shop
  ces resync --all --wait --timeout 60`;

async function resync(tenants: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.all === tenants.length > 0) throw new UsageError('Name the tenants, or say --all.');
  const { device } = flags;
  const api = connectApi(flags.apiUrl);
  const receipt = await api.connection.call(operations.resync, {
    body: { tenants: flags.all ? 'all' : tenants, ...(device === undefined ? {} : { device }) },
  });
  const asked = `A resync of ${receipt.tenants.join(', ')} is asked for, at position ${receipt.position}.`;
  await tellReceipt({ receipt, asked, api, flags, terminal });
}
