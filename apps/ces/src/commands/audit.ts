import { type AuditFilter } from '#project/ports/history';
import { type Command } from 'commander';
import { parseNumber, parsePosition, parseTime } from '../arguments.js';
import { Finding, UsageError } from '../exit-code.js';
import { allPages } from '../online/all-pages.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { auditTable, describeEntry } from '../online/audit-description.js';
import { parseAuditedKind } from '../online/kinds.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, AuditFilter {
  readonly last?: number;
}

/** `ces audit`: what people changed, newest first, or one change with its difference. */
export function addAudit(program: Command, terminal: Terminal): void {
  apiOptions(program.command('audit'))
    .description('list what people changed, newest first, or show one change with what it made different')
    .argument('[position]', 'show the change at this position', parsePosition)
    .option('-n, --namespace <name>', 'only objects of this namespace')
    .option('--name <name>', 'only objects of this name')
    .option(
      '--kind <kind>',
      'only objects of this kind, or short name (svcgr); Configuration, Tenant',
      parseAuditedKind,
    )
    .option('--cluster <name>', 'only what happened in this cluster')
    .option('--actor <name>', 'only what this field manager wrote, or this person asked for')
    .option('--since <time>', 'only what was recorded at this time or later', parseTime)
    .option('--until <time>', 'only what was recorded at this time or earlier', parseTime)
    .option('--last <number>', 'list so many at most', parseNumber)
    .addHelpText('after', examples)
    .action((position: number | undefined, flags: Flags) =>
      position === undefined ? listAudit(flags, terminal) : showEntry(position, flags, terminal),
    );
}

const examples = `
Examples:
  ces audit --namespace shop --last 20
  ces audit --kind svcgr --name web-to-bank
  ces audit --kind Tenant --since 2026-03-01   # resyncs, and what somebody else changed on the BIG-IP (drift)
  ces audit --actor kubectl --since 2026-03-01
  ces audit 1841`;

async function listAudit({ apiUrl, output, last, ...filter }: Flags, terminal: Terminal): Promise<void> {
  const { since, until } = filter;
  if (since !== undefined && until !== undefined && since > until)
    throw new UsageError('--since is later than --until.');
  const { history } = connectApi(apiUrl);
  const entries = await allPages((page) => history.audit(filter, page), last);
  if (output === 'json') terminal.out(JSON.stringify(entries, null, 2));
  else if (entries.length === 0) terminal.note('There are no such changes.');
  else terminal.out(auditTable(entries));
}

async function showEntry(position: number, { apiUrl, output }: Flags, terminal: Terminal): Promise<void> {
  const entry = await connectApi(apiUrl).history.auditEntry(position);
  if (entry === null)
    throw new Finding(`Nobody changed anything at position ${position}; \`ces audit\` lists the changes.`);
  terminal.out(output === 'json' ? JSON.stringify(entry, null, 2) : describeEntry(entry, terminal));
}
