import { operations } from '#report/api/operations';
import { type Command } from 'commander';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { tellReceipt, type WaitFlags, waitOptions } from '../online/receipt.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, WaitFlags {
  readonly reason: string;
  readonly device?: string;
}

/** `ces unpin`: ends what `ces rollback` began. */
export function addUnpin(program: Command, terminal: Terminal): void {
  waitOptions(apiOptions(program.command('unpin')))
    .description('release a tenant that a rollback has pinned: its rules as they stand are declared again')
    .argument('<tenant>', 'which tenant')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .addHelpText('after', examples)
    .action((tenant: string, flags: Flags) => unpin(tenant, flags, terminal));
}

const examples = `
Examples:
  ces unpin shop --reason 'The rule web-to-bank is mended.' --wait`;

async function unpin(tenant: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { device, reason } = flags;
  const api = connectApi(flags.apiUrl);
  const body = { tenant, reason, ...(device === undefined ? {} : { device }) };
  const receipt = await api.connection.call(operations.unpin, { body });
  const asked = `The tenant ${tenant} is released, at position ${receipt.position}: its rules as they stand are declared.`;
  await tellReceipt({ receipt, asked, api, flags, terminal });
}
