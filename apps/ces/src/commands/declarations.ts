import { type ProjectionQueries } from '#project/ports/queries';
import { type Command } from 'commander';
import { parseNumber } from '../arguments.js';
import { Finding, UsageError } from '../exit-code.js';
import { allPages } from '../online/all-pages.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { declarationTable } from '../online/declaration-table.js';
import { describeStep, readDeclared, readStep } from '../online/declaration-step.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags {
  readonly device?: string;
  readonly last?: number;
  readonly body: boolean;
}

/** `ces declarations`: what was declared and what became of it; one of them as the difference that it made, or as AS3. */
export function addDeclarations(program: Command, terminal: Terminal): void {
  apiOptions(program.command('declarations'))
    .description('list the declarations, newest first, or show what one changed')
    .argument('[tenant]', 'only those of this tenant')
    .argument('[version]', 'show this one: how it differs from the version that the device held before', parseNumber)
    .option('--device <name>', 'the BIG-IP, where there are several')
    .option('--last <number>', 'list so many at most', parseNumber)
    .option('--body', 'show the AS3 tenant itself, as JSON', false)
    .addHelpText('after', examples)
    .action((tenant: string | undefined, version: number | undefined, flags: Flags) =>
      tenant === undefined || version === undefined
        ? listDeclarations(tenant, flags, terminal)
        : showDeclaration(tenant, version, flags, terminal),
    );
}

const examples = `
Examples:
  ces declarations shop --last 10
  ces declarations shop 7
  ces declarations shop 7 --body`;

async function listDeclarations(tenant: string | undefined, flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.body) throw new UsageError('--body needs a tenant and a version: ces declarations TENANT VERSION --body');
  const { device, last, output } = flags;
  const { queries } = connectApi(flags.apiUrl);
  const filter = { ...(device === undefined ? {} : { device }), ...(tenant === undefined ? {} : { tenant }) };
  const declarations = await allPages((page) => queries.declarations(filter, page), last);
  if (output === 'json') terminal.out(JSON.stringify(declarations, null, 2));
  else if (declarations.length === 0) terminal.note('There are no such declarations.');
  else terminal.out(declarationTable(declarations, terminal));
}

async function showDeclaration(tenant: string, version: number, flags: Flags, terminal: Terminal): Promise<void> {
  const { queries } = connectApi(flags.apiUrl);
  const device = flags.device ?? (await deviceOf(queries, tenant));
  const declared = await readDeclared(queries, device, tenant, version);
  if (declared === null) {
    throw new Finding(`The tenant "${tenant}" has no version ${version}; \`ces declarations ${tenant}\` lists them.`);
  }
  if (flags.body) {
    terminal.out(JSON.stringify(declared.body, null, 2));
    return;
  }
  const step = await readStep(queries, declared);
  if (flags.output === 'json') terminal.out(JSON.stringify(step, null, 2));
  else describeStep(step, terminal);
}

/** The only device that has the tenant, or had it until it was removed. */
async function deviceOf(queries: ProjectionQueries, tenant: string): Promise<string> {
  const known = [...(await queries.tenants()), ...(await queries.removals())].filter((one) => one.tenant === tenant);
  const devices = [...new Set(known.map(({ device }) => device))];
  const [device, ...others] = devices;
  if (device === undefined) throw new Finding(`There is no tenant "${tenant}"; \`ces tenants\` lists them.`);
  if (others.length === 0) return device;
  throw new UsageError(`Several devices have a tenant "${tenant}": ${devices.join(', ')}. Add --device.`);
}
