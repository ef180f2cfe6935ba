import { type Part } from '#platform/settings';
import { type StreamSettings } from '#platform/settings-sections';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { evictionProblem, readRedisFacts, type RedisFacts, redisTarget } from '#stream/adapters/redis-connection';
import { type Answer, type Examination } from './examination.js';

const stream = {
  check: 'stream',
  meaning: 'It carries the changes from the watcher to the projector, and wakes the worker.',
  remedy: 'See that REDIS_URL names a server that can be reached from here, with credentials that are still valid.',
} as const;

/** Milliseconds that a connection may take. */
const connectTimeout = 5_000;

/** Whether the stream can be used, and loses nothing. */
export async function examineStream(examination: Examination, settings: Part<StreamSettings>): Promise<void> {
  if (settings.is === 'missing') {
    examination.skip(stream, 'Neither REDIS_URL nor DATABASE_URL is set here.');
    return;
  }
  await examination.check(stream, async () => {
    if (settings.is === 'wrong') {
      return { state: 'failed', found: settings.error.message, remedy: settings.error.remedy, code: 2 };
    }
    return settings.value.backend === 'redis'
      ? judgeRedis(await readRedisFacts(redisTarget(settings.value.url.reveal()), connectTimeout))
      : onPostgres(settings.value);
  });
}

export function judgeRedis({ version, evictionPolicy, appendOnly }: RedisFacts): Answer<never> {
  if (evictionPolicy !== null && evictionPolicy !== 'noeviction') {
    const remedy = 'Set maxmemory-policy to noeviction.';
    return { state: 'failed', found: evictionProblem(evictionPolicy), remedy, code: 1 };
  }
  if (parseInt(version, 10) < 7) {
    return { state: 'failed', found: `Redis ${version} is older than 7.`, remedy: 'Upgrade the server.', code: 1 };
  }
  if (appendOnly !== false) return { state: 'ok', found: `Redis ${version}, noeviction` };
  const found = `Redis ${version} keeps no append-only file: after a crash the newest messages are missing.`;
  const remedy = 'Set appendonly to yes. Without it every crash costs a new list of each cluster, and nothing else.';
  return { state: 'warning', found, remedy };
}

async function onPostgres(settings: StreamSettings): Promise<Answer<never>> {
  const metrics = createMetrics({ app: 'ces' });
  const backend = createStreamBackend({ settings, logger: silentLogger, metrics });
  try {
    const health = await backend.health();
    if (health.state === 'ready') return { state: 'ok', found: 'it runs in PostgreSQL; production uses Redis' };
    return {
      state: 'failed',
      found: health.reason,
      remedy: 'See that the database answers, and that npm run migrate was run on it.',
      code: 1,
    };
  } finally {
    await backend.close();
  }
}
