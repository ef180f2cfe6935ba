import { type TakeoverSummary } from '#project/ports/queries';
import { operations } from '#report/api/operations';
import { type Command } from 'commander';
import { exitCode, Finding, UsageError } from '../exit-code.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { describeTakeover, takeoverState } from '../online/takeover-description.js';
import { type Column, table } from '../online/table.js';
import { timeText } from '../online/wording.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags {
  readonly device?: string;
}

interface ApproveFlags extends Flags {
  readonly digest?: string;
}

/** `ces takeover`: what the first declaration of a tenant would mean, and the approval of it. */
export function addTakeover(program: Command, terminal: Terminal): void {
  const takeover = apiOptions(program.command('takeover'))
    .description('show what the first declaration of tenants that others filled would mean, and approve of it')
    .argument('[tenant]', 'all of one tenant: objects, and packets that would be judged differently')
    .option('--device <name>', 'only those of this BIG-IP')
    .addHelpText('after', examples)
    .action((tenant: string | undefined, flags: Flags) => show(tenant, flags, terminal));
  apiOptions(takeover.command('approve'))
    .description('approve of what `ces takeover TENANT` shows; the worker goes on then')
    .argument('<tenant>', 'the tenant, by name')
    .option('--device <name>', 'the BIG-IP; needed where several have such a tenant')
    .option('--digest <digest>', 'only if the finding is still this one')
    .action((tenant: string, _: unknown, command: Command) =>
      approve(tenant, command.optsWithGlobals<ApproveFlags>(), terminal),
    );
}

const examples = `
Exits with 1 while a tenant waits for an approval.

Examples:
  ces takeover
  ces takeover shop
  ces takeover approve shop`;

async function show(tenant: string | undefined, flags: Flags, terminal: Terminal): Promise<void> {
  const all = await connectApi(flags.apiUrl).queries.takeovers(flags.device);
  const takeovers = tenant === undefined ? all : all.filter((takeover) => takeover.tenant === tenant);
  if (tenant !== undefined && takeovers.length === 0) {
    throw new Finding(`Nothing was found about a take-over of the tenant "${tenant}"; \`ces takeover\` lists all.`);
  }
  if (flags.output === 'json') terminal.out(JSON.stringify(takeovers, null, 2));
  else if (tenant !== undefined) terminal.out(takeovers.map(describeTakeover).join('\n\n'));
  else if (takeovers.length === 0) terminal.note('No tenant has to be taken over.');
  else terminal.out(table(columns, takeovers));
  if (takeovers.some((takeover) => takeoverState(takeover) === 'waits for approval')) terminal.exit(exitCode.finding);
}

const columns: readonly Column<TakeoverSummary>[] = [
  { title: 'DEVICE', cell: ({ device }) => device },
  { title: 'TENANT', cell: ({ tenant }) => tenant },
  { title: 'STATE', cell: takeoverState },
  { title: 'OBJECT LINES', cell: ({ finding }) => String(finding.counts.differences) },
  { title: 'EFFECTS', cell: ({ finding }) => String(finding.counts.effect) },
  { title: 'DECLARATIONS', cell: ({ finding }) => String(finding.steps) },
  { title: 'FOUND', cell: ({ foundAt }) => timeText(foundAt) },
];

async function approve(tenant: string, flags: ApproveFlags, terminal: Terminal): Promise<void> {
  const api = connectApi(flags.apiUrl);
  const found = (await api.queries.takeovers(flags.device)).filter((takeover) => takeover.tenant === tenant);
  const [takeover] = found;
  if (takeover === undefined) throw new Finding(`The tenant "${tenant}" does not wait for an approval.`);
  if (found.length > 1) throw new UsageError(`Several devices have a tenant "${tenant}"; name one with --device.`);
  const { device } = takeover;
  const digest = flags.digest ?? takeover.finding.digest;
  const receipt = await api.connection.call(operations.approveTakeover, { body: { tenant, device, digest } });
  const text = `The take-over of ${tenant} is approved, at position ${String(receipt.position)}; \`ces tenants\` shows how it goes.`;
  terminal.out(flags.output === 'json' ? JSON.stringify(receipt, null, 2) : text);
}
