import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

/** An app that says that it has started, and then nothing until it is stopped. */
const app = `
  import { createLogger } from '#platform/logger';
  import { runUntilSignal } from '#platform/shutdown';
  const logger = createLogger({ app: 'worker', level: 'info' });
  await runUntilSignal({
    logger,
    start: async (lifetime) => {
      const running = setInterval(() => undefined, 60_000);
      lifetime.onStop('app', () => clearInterval(running));
      logger.info({}, 'started');
    },
  });
`;

test('a process whose output nobody reads any more stops all the same', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', app], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(createInterface({ input: child.stdout }), 'line');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
