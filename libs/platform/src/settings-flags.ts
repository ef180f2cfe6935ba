import { join } from 'node:path';
import { SettingsError } from './settings-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Flag {
  readonly variable: string;
  /** A flag without a value stands for this one. */
  readonly alone?: string;
  readonly convert?: (value: string) => string;
}

/** The flags of CES 0.5, and the environment variables that they stand for. */
const flags = new Map<string, Flag>([
  ['bigip-url', { variable: 'BIGIP_URL' }],
  ['bigip-insecure', { variable: 'BIGIP_INSECURE', alone: 'true' }],
  ['bigip-creds-dir', { variable: 'BIGIP_CREDS_DIR' }],
  ['bigip-username', { variable: 'BIGIP_USERNAME' }],
  ['bigip-password', { variable: 'BIGIP_PASSWORD' }],
  ['bigip-conf-dir', { variable: 'CES_CONFIG', convert: (directory) => join(directory, 'ces-conf.yaml') }],
  ['kubeconfig', { variable: 'KUBECONFIG' }],
  ['master', { variable: 'KUBERNETES_MASTER' }],
]);

/**
 * The variables that the flags stand for. The syntax is that of Go's flag package, which CES 0.5 used: one dash or
 * two, `--flag value` or `--flag=value`.
 * @throws SettingsError for an unknown flag, a flag without its value, or an argument that is no flag.
 */
export function readFlags(commandLine: readonly string[]): Environment {
  const variables: Record<string, string> = {};
  const rest = [...commandLine];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [, name = '', , inline] = /^--?([a-z][a-z-]*)(=([\s\S]*))?$/.exec(argument) ?? [];
    const flag = flags.get(name);
    if (!flag) throw unknownFlag(name);
    const value = inline ?? flag.alone ?? rest.shift();
    if (value === undefined || value.startsWith('--'))
      throw new SettingsError(`--${name}`, 'has no value', `Write --${name} VALUE.`);
    variables[flag.variable] = flag.convert ? flag.convert(value) : value;
  }
  return variables;
}

function unknownFlag(name: string): SettingsError {
  const known = [...flags.keys()].map((flag) => `--${flag}`).join(', ');
  return name === ''
    ? new SettingsError('An argument', 'is not a flag', `These flags are known: ${known}.`)
    : new SettingsError(`--${name}`, 'is not a known flag', `Known are: ${known}.`);
}
