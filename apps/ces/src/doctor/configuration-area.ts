import { type Configuration } from '#core/configuration';
import { parseConfiguration } from '#core/configuration-parser';
import { type Part } from '#platform/settings';
import { type ConfigurationSettings } from '#platform/settings-sections';
import { readFile } from 'node:fs/promises';
import { type Examination } from './examination.js';

const file = {
  check: 'ces-conf.yaml',
  meaning: 'It says what is declared where; the watcher sends it along with the changes.',
  remedy: 'Name a file that can be read with CES_CONFIG; `ces init` writes one.',
} as const;

/** Whether ces-conf.yaml can be used; gives what it says. */
export async function examineConfiguration(
  examination: Examination,
  settings: Part<ConfigurationSettings>,
): Promise<Configuration | undefined> {
  if (settings.is === 'missing') {
    examination.skip(file, 'CES_CONFIG is not set here.');
    return undefined;
  }
  return examination.check<Configuration>(file, async () => {
    if (settings.is === 'wrong') {
      return { state: 'failed', found: settings.error.message, remedy: settings.error.remedy, code: 2 };
    }
    const text = await readFile(settings.value.file, 'utf8').catch((error: unknown) => error);
    if (typeof text !== 'string') {
      return { state: 'failed', found: `${settings.value.file} cannot be read.`, remedy: file.remedy, code: 2 };
    }
    const { configuration, problems } = parseConfiguration(text);
    const remedy = 'Correct it; `ces validate --config FILE` says the same of every line.';
    const found = problems.map(({ key, line, message }) => `line ${line}: ${key} ${message}`).join('; ');
    if (configuration === null) return { state: 'failed', found, remedy, code: 2 };
    if (found !== '') return { state: 'warning', found, remedy, value: configuration };
    const { clusterName, deviceName, tenants } = configuration;
    const names = tenants.map(({ name }) => name).join(', ');
    return {
      state: 'ok',
      found: `cluster ${clusterName}, BIG-IP ${deviceName}, tenants ${names}`,
      value: configuration,
    };
  });
}
