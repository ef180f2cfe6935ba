import { operations } from '#report/api/operations';
import { type Command } from 'commander';
import { parsePositionOrTime } from '../arguments.js';
import { UsageError } from '../exit-code.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { tellReceipt, type WaitFlags, waitOptions } from '../online/receipt.js';
import { describeRollback } from '../online/rollback-description.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, WaitFlags {
  readonly to: number | Date;
  readonly reason?: string;
  readonly dryRun: boolean;
  readonly device?: string;
}

/** `ces rollback`: back to an earlier version's rules, with the addresses of today, and held there. */
export function addRollback(program: Command, terminal: Terminal): void {
  waitOptions(apiOptions(program.command('rollback')))
    .description(
      "go back to an earlier version's rules with today's addresses, and pin the tenant there until `ces unpin`",
    )
    .argument('<tenant>', 'which tenant')
    .requiredOption(
      '--to <version or time>',
      'a version that was applied, or a time like 2026-03-01T12:00:00Z',
      parsePositionOrTime,
    )
    .option('--reason <text>', 'why: for the audit, and for the owners of the rules')
    .option('--dry-run', 'only show what would change', false)
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .addHelpText('after', examples)
    .action((tenant: string, flags: Flags) => rollback(tenant, flags, terminal));
}

const examples = `
Examples:
  ces rollback shop --to 29 --dry-run
  ces rollback shop --to 29 --reason 'Version 31 keeps the shop from its bank.' --wait
  ces rollback shop --to '2026-03-01 12:00:00Z' --reason 'As it was before the release.'`;

async function rollback(tenant: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { to, reason, dryRun, device, output } = flags;
  if (!dryRun && (reason === undefined || reason.trim() === ''))
    throw new UsageError('Say why with --reason, or look first with --dry-run.');
  const api = connectApi(flags.apiUrl);
  const target = typeof to === 'number' ? { version: to } : { time: to.toISOString() };
  const preview = await api.connection.call(operations.rollbackPreview, { query: { tenant, device, ...target } });
  if (dryRun) {
    terminal.out(output === 'json' ? JSON.stringify(preview, null, 2) : describeRollback(preview, terminal));
    return;
  }
  terminal.note(describeRollback(preview, terminal));
  const receipt = await api.connection.call(operations.rollback, {
    body: { tenant, version: preview.version, reason, device: preview.device },
  });
  const asked = `The tenant ${tenant} goes back to the rules of version ${receipt.version}, and is pinned to them, at position ${receipt.position}.`;
  await tellReceipt({ receipt, asked, api, flags, terminal });
}
