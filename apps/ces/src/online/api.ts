import { readSettings } from '#platform/settings';
import { SettingsError } from '#platform/settings-error';
import { type EventFeed, type HistoryQueries } from '#project/ports/history';
import { type ProjectionQueries } from '#project/ports/queries';
import { ApiConnection } from '#report/adapters/api-connection';
import { HttpEventFeed } from '#report/adapters/http-event-feed';
import { HttpHistory } from '#report/adapters/http-history';
import { HttpQueries } from '#report/adapters/http-queries';
import { type Command, Option } from 'commander';
import { caller } from '../caller.js';
import { UsageError } from '../exit-code.js';
import { version } from '../version.js';

/** What every command has that asks the API. */
export interface ApiFlags {
  readonly apiUrl?: string;
  readonly output: 'table' | 'json';
}

export function apiOptions(command: Command): Command {
  return command
    .option('--api-url <url>', 'where the API answers; CES_API_URL by default')
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['table', 'json']).default('table'));
}

export interface Api {
  readonly connection: ApiConnection;
  readonly queries: ProjectionQueries;
  readonly history: HistoryQueries;
  readonly feed: EventFeed;
}

/** @throws UsageError, SettingsError when the address is none. */
export function connectApi(url: string | undefined): Api {
  const connection = new ApiConnection({ url: addressOf(url), userAgent: `ces/${version} (${caller()})` });
  return {
    connection,
    queries: new HttpQueries(connection),
    history: new HttpHistory(connection),
    feed: new HttpEventFeed(connection),
  };
}

/**
 * The address of a process of CES: the one given, or CES_API_URL.
 * @param option what the address was given by.
 * @throws UsageError, SettingsError when it is none.
 */
export function addressOf(flag: string | undefined, option = '--api-url'): string {
  if (flag === undefined) return readSettings('ces', { arguments: [] }).apiUrl;
  try {
    return readSettings('ces', { arguments: [], environment: { CES_API_URL: flag } }).apiUrl;
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(`${option} ${error.problem}. ${error.remedy}`);
    throw error;
  }
}
