import { type Part } from '#platform/settings';
import { type DatabaseSettings } from '#platform/settings-sections';
import { type DatabaseFacts, inspectDatabase } from '#project/adapters/database-inspection';
import { type Answer, type Examination } from './examination.js';

const server = {
  check: 'PostgreSQL',
  meaning: 'It is the truth: nothing is projected or declared without it.',
  remedy: 'See that DATABASE_URL names a server that can be reached from here, with credentials that are still valid.',
} as const;
const migrations = {
  check: 'migrations',
  meaning: 'A process does not start on a database that lacks tables of its version.',
  remedy: 'Run npm run migrate.',
} as const;

/** Whether the database can be used; gives what it is. */
export async function examineDatabase(
  examination: Examination,
  settings: Part<DatabaseSettings>,
): Promise<DatabaseFacts | undefined> {
  if (settings.is === 'missing') {
    for (const check of [server, migrations]) examination.skip(check, 'DATABASE_URL is not set here.');
    return undefined;
  }
  const facts = await examination.check<DatabaseFacts>(server, async () => {
    if (settings.is === 'wrong') {
      return { state: 'failed', found: settings.error.message, remedy: settings.error.remedy, code: 2 };
    }
    const value = await inspectDatabase(settings.value.url.reveal());
    return { ...judgeServer(value), value };
  });
  if (facts === undefined) examination.skip(migrations, 'The database does not answer.');
  else await examination.check(migrations, () => Promise.resolve(judgeMigrations(facts)));
  return facts;
}

export function judgeServer({ version, versionNumber, isReplica }: DatabaseFacts): Answer<never> {
  if (versionNumber < 150_000) {
    const found = `PostgreSQL ${version} is older than 15.`;
    return { state: 'failed', found, remedy: 'Upgrade the server.', code: 1 };
  }
  if (!isReplica) return { state: 'ok', found: `PostgreSQL ${version}` };
  const remedy = 'Let DATABASE_URL name the primary, or an address that follows it.';
  return { state: 'failed', found: 'This server is a replica, which takes no writes.', remedy, code: 1 };
}

export function judgeMigrations({ missing, unknown }: DatabaseFacts): Answer<never> {
  if (missing.length > 0) {
    return { state: 'failed', found: `Not run yet: ${missing.join(', ')}.`, remedy: migrations.remedy, code: 1 };
  }
  if (unknown.length === 0) return { state: 'ok', found: 'the database is up to date' };
  const found = `The database was migrated by a newer version: ${unknown.join(', ')}.`;
  return { state: 'warning', found, remedy: 'Let all processes run the newer version.' };
}
