import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger } from './logger.js';

export interface ConfigurationFile<Configuration> {
  /** The last good content. */
  current(): Configuration;
  /** The problem of the newest content when that was refused. */
  problem(): string | undefined;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly logger: Logger;
  /** Called after each reading of a new content: for a metric, for example. */
  readonly onReload?: (result: 'accepted' | 'refused') => void;
  /** Milliseconds between two readings when the file system reports nothing; 5,000 by default. */
  readonly pollInterval?: number;
  /** Milliseconds for which a content must stay the same before it is taken; 100 by default. */
  readonly settleTime?: number;
}

/**
 * Reads and parses a file now and whenever its content changes, ConfigMap volumes included (Kubernetes swaps a
 * symbolic link, so the directory is watched, and read at intervals too). A content that is still being written is
 * waited for: half a file may well parse, and mean less than the whole. A new content that cannot be read or parsed
 * is logged, and the last good one stays.
 * @param parse pure; throws for a bad content.
 * @param onChange gets each good content after the first. When it throws, that is logged.
 * @throws what `parse` or the reading throws for the first content.
 */
export async function watchConfigurationFile<Configuration>(
  path: string,
  parse: (text: string) => Configuration,
  onChange: (configuration: Configuration) => void | Promise<void>,
  options: WatchOptions,
): Promise<ConfigurationFile<Configuration>> {
  const { logger, onReload, pollInterval = 5_000, settleTime = 100 } = options;
  let seen = await readSettled(path, settleTime);
  let current = parse(seen);
  let problem: string | undefined;
  let readAgain = false;
  let reading: Promise<void> | undefined;

  const refuse = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (message === problem) return;
    problem = message;
    logger.error({ path, error }, 'configuration refused: the last good one stays in force');
    onReload?.('refused');
  };
  const reload = async () => {
    try {
      const text = await readSettled(path, settleTime);
      if (text === seen && problem === undefined) return;
      const parsed = parse(text);
      const changed = text !== seen;
      seen = text;
      problem = undefined;
      if (!changed) return;
      current = parsed;
      onReload?.('accepted');
      logger.info({ path }, 'configuration reloaded');
    } catch (error) {
      refuse(error);
      return;
    }
    try {
      await onChange(current);
    } catch (error) {
      logger.error({ path, error }, 'configuration could not be put to use');
    }
  };
  const request = () => {
    readAgain = true;
    reading ??= (async () => {
      while (readAgain) {
        readAgain = false;
        await reload();
      }
      reading = undefined;
    })();
  };

  const watcher = watch(dirname(path), request);
  watcher.on('error', (error) => {
    logger.warn({ path, error }, 'the file system reports no changes: reading at intervals only');
  });
  const timer = setInterval(request, pollInterval);
  return {
    current: () => current,
    problem: () => problem,
    async close() {
      watcher.close();
      clearInterval(timer);
      await reading;
    },
  };
}

/** The content of the file once two readings, `settleTime` apart, agree. */
async function readSettled(path: string, settleTime: number): Promise<string> {
  for (let text = await readFile(path, 'utf8'); ;) {
    await pause(settleTime);
    const again = await readFile(path, 'utf8');
    if (again === text) return text;
    text = again;
  }
}
