import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBigipCredentials } from './bigip-credentials.js';
import { Secret } from './secret.js';
import { type BigipCredentials } from './settings-sections.js';

let directory: string;
let credentials: BigipCredentials;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  credentials = { source: 'directory', directory };
});

afterEach(() => rm(directory, { recursive: true }));

async function write(username: string, password: string): Promise<void> {
  await writeFile(join(directory, 'username'), username);
  await writeFile(join(directory, 'password'), password);
}

test('credentials in a directory are read again each time, so rotated ones take effect', async () => {
  await write('admin\n', 'first\n');
  const before = await readBigipCredentials(credentials);
  expect([before.username, before.password.reveal()]).toEqual(['admin', 'first']);

  await write('ces', ' second with spaces ');
  const after = await readBigipCredentials(credentials);
  expect([after.username, after.password.reveal()]).toEqual(['ces', ' second with spaces ']);
});

test('credentials given as values are those', async () => {
  const { username, password } = await readBigipCredentials({
    source: 'values',
    username: 'admin',
    password: new Secret('hunter2'),
  });
  expect([username, password.reveal()]).toEqual(['admin', 'hunter2']);
});

test('a missing or empty file is named', async () => {
  await expect(readBigipCredentials(credentials)).rejects.toThrow(
    /BIGIP_CREDS_DIR has no readable file username \(ENOENT\)/,
  );
  await write('admin', '\n');
  await expect(readBigipCredentials(credentials)).rejects.toThrow(/BIGIP_CREDS_DIR has an empty file password/);
});
