import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from './secret.js';
import { SettingsError } from './settings-error.js';
import { type BigipCredentials } from './settings-sections.js';

export interface UsernameAndPassword {
  readonly username: string;
  readonly password: Secret;
}

/**
 * The credentials as they are now: a directory is read at each call, so that rotated files take effect
 * with the next login.
 * @throws SettingsError when a file is missing, unreadable or empty.
 */
export async function readBigipCredentials(credentials: BigipCredentials): Promise<UsernameAndPassword> {
  switch (credentials.source) {
    case 'values':
      return { username: credentials.username, password: credentials.password };
    case 'directory': {
      const [username, password] = await Promise.all([
        readCredential(credentials.directory, 'username'),
        readCredential(credentials.directory, 'password'),
      ]);
      return { username, password: new Secret(password) };
    }
  }
}

async function readCredential(directory: string, name: 'username' | 'password'): Promise<string> {
  const path = join(directory, name);
  const remedy = `Put the ${name} into the file ${path}.`;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new SettingsError('BIGIP_CREDS_DIR', `has no readable file ${name} (${code})`, remedy);
  });
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new SettingsError('BIGIP_CREDS_DIR', `has an empty file ${name}`, remedy);
  return value;
}
