import { type RunningApi, startApi } from '#apps/api/src/api';
import { createHealth } from '#platform/health';
import { type Logger, silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { Secret } from '#platform/secret';
import { systemClock } from '#platform/clock';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationText } from './project/objects.js';

interface TestApiOptions {
  readonly configuration?: string;
  readonly logger?: Logger;
  readonly answerTimeout?: number;
}

/** The API as a process of its own would run it, on a free port. */
export async function startTestApi(databaseUrl: string, options: TestApiOptions = {}): Promise<RunningApi> {
  const { configuration = configurationText(), logger = silentLogger, ...limits } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ces-api-'));
  const file = join(folder, 'ces-conf.yaml');
  await writeFile(file, configuration);
  try {
    const url = new Secret(databaseUrl);
    const settings = {
      log: { level: 'silent' },
      http: { port: 0 },
      database: { url },
      stream: { backend: 'postgres', url, prefix: 'ces_stream' },
      configuration: { file, namespace: 'kube-system' },
    } as const;
    const [metrics, health] = [createMetrics({ app: 'api' }), createHealth()];
    return await startApi({ settings, logger, metrics, health, clock: systemClock }, limits);
  } finally {
    await rm(folder, { recursive: true });
  }
}
