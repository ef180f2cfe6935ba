import { InvalidConfiguration, requireConfiguration } from '#core/configuration-parser';
import { SettingsError } from '#platform/settings-error';
import { readFile } from 'node:fs/promises';

/**
 * The BIG-IP's name in ces-conf.yaml.
 * @throws SettingsError when the file cannot be read or is not valid.
 */
export async function readDeviceName(path: string): Promise<string> {
  const text = await textOf(path);
  try {
    return requireConfiguration(text).deviceName;
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    throw new SettingsError('CES_CONFIG', `names ${path}: ${error.message}`, 'See `ces validate`.');
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new SettingsError('CES_CONFIG', `names ${path}, which cannot be read (${code})`, 'Correct the path.');
  }
}
