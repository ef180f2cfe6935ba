import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { waitFor } from '#testing/wait-for';

let parent: ChildProcess | undefined;

afterEach(() => {
  parent?.kill('SIGKILL');
});

/** A process that starts a server, says where it is, and stays. */
const program = `
  import { startEmbeddedPostgres } from './dist/libs/platform/src/embedded-postgres.js';
  const { url } = await startEmbeddedPostgres();
  process.stdout.write(url);
  setInterval(() => undefined, 60_000);
`;

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a server ends with the process that started it, and its data are removed, also after a %s',
  async (signal) => {
    parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!parent.stdout) throw new Error('no output');
    const [url] = (await once(parent.stdout, 'data')) as [Buffer];
    const client = new Client({ connectionString: url.toString() });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(`SELECT current_setting('data_directory') AS directory`);

    parent.kill(signal);
    await waitFor(async () => {
      await expect(new Client({ connectionString: url.toString() }).connect()).rejects.toThrow('ECONNREFUSED');
      await expect(access(rows[0]?.directory ?? '/')).rejects.toThrow('ENOENT');
    });
  },
);
