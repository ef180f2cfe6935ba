import { type EventFilter } from '#project/ports/history';
import { eventTypes } from '#project/ports/event-types';
import { type Command, Option } from 'commander';
import { parseNumber, parsePosition } from '../arguments.js';
import { UsageError } from '../exit-code.js';
import { allPages } from '../online/all-pages.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { eventLine, eventTable } from '../online/event-description.js';
import { followLog } from '../online/follow-log.js';
import { parseObjectKind } from '../online/kinds.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, EventFilter {
  readonly follow: boolean;
  readonly after?: number;
  readonly last?: number;
}

/** Without `--last`. */
const defaultLast = 100;

/** `ces events`: the event log, newest first, or as it grows. */
export function addEvents(program: Command, terminal: Terminal): void {
  apiOptions(program.command('events'))
    .description('list what the event log holds, newest first, or follow it as it grows')
    .option('-f, --follow', 'print what is recorded from now on, as it is recorded; JSON one event a line', false)
    .option('--after <position>', 'with --follow: begin behind this position, nothing is left out', parsePosition)
    .addOption(new Option('--type <type>', 'only events of this type').choices(eventTypes))
    .option('--tenant <name>', 'only what happened to this tenant, and commands for it')
    .option('-n, --namespace <name>', 'only objects of this namespace')
    .option('--name <name>', 'only objects of this name')
    .option('--kind <kind>', 'only objects of this kind, or short name (svcgr)', parseObjectKind)
    .option('--cluster <name>', 'only what happened in this cluster')
    .option(
      '--last <number>',
      `list so many at most, ${defaultLast} by default; with --follow end after so many`,
      parseNumber,
    )
    .addHelpText('after', examples)
    .action((flags: Flags) => (flags.follow ? follow(flags, terminal) : list(flags, terminal)));
}

const examples = `
Examples:
  ces events --tenant shop --last 20
  ces events --follow --type declaration-refused
  ces events --follow --after 1841 --output json >> ces-events.ndjson`;

async function list({ apiUrl, output, follow: _, after, last, ...filter }: Flags, terminal: Terminal): Promise<void> {
  if (after !== undefined) throw new UsageError('--after goes with --follow; without it, events come newest first.');
  const { history } = connectApi(apiUrl);
  const events = await allPages((page) => history.events(filter, page), last ?? defaultLast);
  if (output === 'json') terminal.out(JSON.stringify(events, null, 2));
  else if (events.length === 0) terminal.note('There are no such events.');
  else terminal.out(eventTable(events));
}

async function follow({ apiUrl, output, follow: _, after, last, ...filter }: Flags, terminal: Terminal): Promise<void> {
  const { feed, history } = connectApi(apiUrl);
  // The end of the log as it is now, so that nothing is left out should the API go away before the first event.
  const from = after ?? (await history.events({}, { limit: 1 })).entries[0]?.position ?? 0;
  let left = last ?? Number.POSITIVE_INFINITY;
  for await (const event of followLog(feed, filter, from, terminal)) {
    terminal.out(output === 'json' ? JSON.stringify(event) : eventLine(event));
    left -= 1;
    if (left <= 0) break;
  }
}
