import { type RemovalSummary } from '#project/ports/queries';
import { operations } from '#report/api/operations';
import { type Command } from 'commander';
import { exitCode, UsageError } from '../exit-code.js';
import { type Api, type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { type OfDevice } from '../online/command-progress.js';
import { follow, type WaitFlags, waitOptions } from '../online/receipt.js';
import { describeRemoval, isAsAsked } from '../online/removal-description.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, WaitFlags {
  readonly reason?: string;
  readonly dryRun: boolean;
  readonly device?: string;
}

/** `ces tenants remove`: takes a tenant that left the configuration from the device. */
export function addRemoveTenant(tenants: Command, terminal: Terminal): void {
  waitOptions(apiOptions(tenants.command('remove')))
    .description('remove a tenant that no configuration names any more from the device, with its partition')
    .argument('<tenant>', 'which tenant')
    .option('--reason <text>', 'why, for the audit')
    .option('--dry-run', 'only have the worker look what AS3 would delete, and what is against it', false)
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .addHelpText('after', examples)
    .action((tenant: string, _: unknown, command: Command) =>
      remove(tenant, command.optsWithGlobals<Flags>(), terminal),
    );
}

const examples = `
Examples:
  ces tenants remove shop --dry-run
  ces tenants remove shop --reason 'The shop is closed, CHG-4711.' --wait`;

async function remove(tenant: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { reason, dryRun, device, output } = flags;
  if (!dryRun && reason === undefined) throw new UsageError('Say why with --reason, or look first with --dry-run.');
  const api = connectApi(flags.apiUrl);
  const body = { tenant, dryRun, device, ...(dryRun ? {} : { reason }) };
  const receipt = await api.connection.call(operations.removeTenant, { body });
  if (!dryRun && !flags.wait) {
    const asked = `The removal of ${tenant} is asked for, at position ${receipt.position}; with --wait you see what comes of it.`;
    terminal.out(output === 'json' ? JSON.stringify(receipt, null, 2) : asked);
    return;
  }
  const came = await follow(
    { look: () => readRemoval(api, receipt), isOver: ({ state }) => state !== 'open', describe: describeRemoval },
    flags.timeout,
    terminal,
  );
  terminal.out(output === 'json' ? JSON.stringify(came, null, 2) : describeRemoval(came));
  if (!isAsAsked(came)) terminal.exit(exitCode.finding);
}

async function readRemoval(api: Api, { device, position, tenants }: OfDevice): Promise<RemovalSummary> {
  const removals = await api.queries.removals(device);
  const [removal] = removals.filter((each) => tenants.includes(each.tenant));
  if (removal?.position === position) return removal;
  throw new UsageError('Somebody else has asked for the same tenant since; `ces audit --kind Tenant` says who.');
}
