import { type TenantSummary } from '#project/ports/queries';
import { type Command } from 'commander';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { type Column, table } from '../online/table.js';
import { standingOf, standingStyle } from '../online/tenant-standing.js';
import { pinText, timeText } from '../online/wording.js';
import { type Terminal } from '../terminal.js';
import { addRemoveTenant } from './remove-tenant.js';

interface Flags extends ApiFlags {
  readonly device?: string;
}

/** `ces tenants`: what each tenant should hold, and what it holds. */
export function addTenants(program: Command, terminal: Terminal): void {
  const tenants = apiOptions(program.command('tenants'))
    .description('list the tenants: what is wanted, what the device holds, and why they differ')
    .option('--device <name>', 'only those of this BIG-IP')
    .addHelpText('after', examples)
    .action((flags: Flags) => listTenants(flags, terminal));
  addRemoveTenant(tenants, terminal);
}

const examples = `
Examples:
  ces tenants
  ces tenants --device bigip --output json`;

async function listTenants(flags: Flags, terminal: Terminal): Promise<void> {
  const tenants = await connectApi(flags.apiUrl).queries.tenants(flags.device);
  if (flags.output === 'json') terminal.out(JSON.stringify(tenants, null, 2));
  else if (tenants.length === 0)
    terminal.note(flags.device === undefined ? 'There are no tenants yet.' : 'There are no such tenants.');
  else terminal.out(tenantTable(tenants, terminal));
}

function tenantTable(tenants: readonly TenantSummary[], terminal: Terminal): string {
  const columns: Column<TenantSummary>[] = [
    { title: 'DEVICE', cell: ({ device }) => device },
    { title: 'TENANT', cell: ({ tenant }) => tenant },
    { title: 'RULES', cell: ({ rules }) => String(rules) },
    { title: 'VERSION', cell: ({ version }) => String(version ?? '-') },
    { title: 'WANTED', cell: ({ wanted }) => String(wanted) },
    { title: 'APPLIED', cell: ({ applied }) => String(applied) },
    { title: 'STATE', cell: (tenant) => painted(tenant, terminal) },
    { title: 'SINCE', cell: ({ drift, lastOutcome }) => sinceText(drift?.since ?? lastOutcome?.at) },
    ...(tenants.some(({ pin }) => pin !== null) ? [{ title: 'PINNED', cell: pinText }] : []),
    { title: 'WHY', cell: (tenant) => standingOf(tenant).why },
  ];
  return table(columns, tenants);
}

function sinceText(since: Date | undefined): string {
  return since === undefined ? '-' : timeText(since);
}

function painted(tenant: TenantSummary, terminal: Terminal): string {
  const standing = standingOf(tenant);
  return terminal.paint(standingStyle(standing), standing.state);
}
