import { isIP } from 'node:net';
import { z } from 'zod';
import { type LogLevel, logLevels } from './logger.js';
import { parseRedisUrl, redisExample, sentinelExample } from './redis-url.js';
import { Secret } from './secret.js';
import { SettingsError } from './settings-error.js';
import { type Environment } from './settings-flags.js';

export interface LogSettings {
  readonly level: LogLevel;
}

export interface HttpSettings {
  /** 0: any free port. */
  readonly port: number;
  /** The IP address to listen on; absent, every one of the machine. */
  readonly address?: string;
}

export interface DatabaseSettings {
  /** `postgres://…`; may hold a password. */
  readonly url: Secret;
}

/** A PostgreSQL of our own, whose data are kept. */
export interface EmbeddedDatabaseSettings {
  readonly directory: string;
}

export interface RedisSettings {
  /** `redis://…`, `rediss://…` or, with Sentinels, `redis+sentinel://…`; may hold a password. See `parseRedisUrl`. */
  readonly url: Secret;
}

/** Where the stream runs: on Redis, or (without REDIS_URL) on BullMQ's Postgres backend in our database. */
export interface StreamSettings {
  readonly backend: 'redis' | 'postgres';
  readonly url: Secret;
  /** Sets installations and tests apart: first part of the keys in Redis, the schema's name in PostgreSQL. */
  readonly prefix: string;
}

export type KubernetesSettings =
  | {
      readonly access: 'kubeconfig';
      /** Files, merged in this order, as kubectl does. */
      readonly files: readonly string[];
      /** Takes the place of the server that the kubeconfig names. */
      readonly server?: string;
    }
  | { readonly access: 'in-cluster' };

export type BigipCredentials =
  | { readonly source: 'values'; readonly username: string; readonly password: Secret }
  /** A directory with the files `username` and `password`, which may be rotated while we run. */
  | { readonly source: 'directory'; readonly directory: string };

export interface BigipSettings {
  /** Scheme, host and port of the BIG-IP, or of each unit of a pair: `https://host:port`. */
  readonly urls: readonly [string, ...string[]];
  /** The device group to which a change is synchronised; absent where the BIG-IP does that by itself. */
  readonly syncGroup?: string;
  readonly credentials: BigipCredentials;
  readonly tls: { readonly verify: true; readonly caFile?: string } | { readonly verify: false };
}

export interface ConfigurationSettings {
  /** Path of ces-conf.yaml. */
  readonly file: string;
  /** The controller's own namespace, where cluster rules find their external services. */
  readonly namespace: string;
}

export interface ClientSettings {
  /** Where `ces` finds the API. */
  readonly apiUrl: string;
}

export function logSettings(environment: Environment): LogSettings {
  const level = z.enum(logLevels).safeParse(optional(environment, 'LOG_LEVEL')?.toLowerCase() ?? 'info');
  if (!level.success) {
    throw new SettingsError('LOG_LEVEL', 'is not a log level', `Use one of ${logLevels.join(', ')}.`);
  }
  return { level: level.data };
}

export function httpSettings(environment: Environment, defaultPort: number): HttpSettings {
  const port = z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .safeParse(optional(environment, 'PORT') ?? defaultPort);
  if (!port.success) throw new SettingsError('PORT', 'is not a port', 'Use a number from 1 to 65535, or 0 for any.');
  const address = optional(environment, 'LISTEN_ADDRESS');
  if (address === undefined) return { port: port.data };
  if (isIP(address) === 0) {
    throw new SettingsError('LISTEN_ADDRESS', 'is not an IP address', 'Use one of this machine, such as 127.0.0.1.');
  }
  return { port: port.data, address };
}

export function databaseSettings(environment: Environment): DatabaseSettings {
  return { url: new Secret(requiredUrl(environment, 'DATABASE_URL', ['postgres:', 'postgresql:'], databaseExample)) };
}

/** The database of DATABASE_URL; without it, one of our own in CES_DATA_DIR. */
export function keptDatabaseSettings(environment: Environment): DatabaseSettings | EmbeddedDatabaseSettings {
  const directory = optional(environment, 'CES_DATA_DIR');
  if (!isSet(environment, 'DATABASE_URL')) {
    const remedy = 'Set it to a directory for the data of an embedded PostgreSQL, or set DATABASE_URL.';
    return { directory: required(environment, 'CES_DATA_DIR', remedy) };
  }
  if (directory === undefined) return databaseSettings(environment);
  const remedy = 'Keep the one that says where the data are, and remove the other.';
  throw new SettingsError('CES_DATA_DIR', 'is set, and so is DATABASE_URL', remedy);
}

export function redisSettings(environment: Environment): RedisSettings {
  const url = required(environment, 'REDIS_URL', `Set it to an address like ${redisExample}.`);
  if (parseRedisUrl(url) === null) {
    const remedy = `Write it like ${redisExample}, or with Sentinels like ${sentinelExample}.`;
    throw new SettingsError('REDIS_URL', 'is not an address of the right kind', remedy);
  }
  return { url: new Secret(url) };
}

export function streamSettings(environment: Environment): StreamSettings {
  const prefix = streamPrefix(environment);
  return isSet(environment, 'REDIS_URL')
    ? { backend: 'redis', prefix, ...redisSettings(environment) }
    : { backend: 'postgres', prefix, ...databaseSettings(environment) };
}

export function streamPrefix(environment: Environment): string {
  const prefix = optional(environment, 'CES_STREAM_PREFIX') ?? 'ces_stream';
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(prefix)) {
    throw new SettingsError(
      'CES_STREAM_PREFIX',
      'is no plain identifier',
      'Use lower case letters, digits and _, at most 51.',
    );
  }
  return prefix;
}

export function kubernetesSettings(environment: Environment): KubernetesSettings {
  const files = optional(environment, 'KUBECONFIG')?.split(':').filter(Boolean) ?? [];
  const server = optional(environment, 'KUBERNETES_MASTER');
  if (files.length > 0) return { access: 'kubeconfig', files, ...(server === undefined ? {} : { server }) };
  if (server !== undefined) {
    throw new SettingsError('--master', 'is given without a kubeconfig', 'Name the credentials with KUBECONFIG.');
  }
  if (isSet(environment, 'KUBERNETES_SERVICE_HOST')) return { access: 'in-cluster' };
  const problem = 'is not set, and this process does not run inside a cluster';
  throw new SettingsError('KUBECONFIG', problem, 'Set it to the path of a kubeconfig file.');
}

export function configurationSettings(environment: Environment): ConfigurationSettings {
  return {
    file: required(environment, 'CES_CONFIG', 'Set it to the path of ces-conf.yaml (`ces init` writes one).'),
    namespace: optional(environment, 'CES_NAMESPACE') ?? 'kube-system',
  };
}

export function clientSettings(environment: Environment): ClientSettings {
  const example = 'http://127.0.0.1:8080';
  if (!isSet(environment, 'CES_API_URL')) return { apiUrl: example };
  const text = requiredUrl(environment, 'CES_API_URL', ['http:', 'https:'], example);
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') {
    throw new SettingsError(
      'CES_API_URL',
      'holds a user or a password, which the API does not take',
      `Write it like ${example}.`,
    );
  }
  return { apiUrl: text.replace(/\/+$/, '') };
}

export function bigipSettings(environment: Environment): BigipSettings {
  const syncGroup = bigipSyncGroup(environment);
  return {
    urls: bigipUrls(environment),
    ...(syncGroup === undefined ? {} : { syncGroup }),
    credentials: bigipCredentials(environment),
    tls: bigipTls(environment),
  };
}

/** The units of a pair are separated by commas. */
function bigipUrls(environment: Environment): readonly [string, ...string[]] {
  const example = 'https://bigip.example.com:443';
  const given = required(environment, 'BIGIP_URL', `Set it to the management address, like ${example}.`);
  const [first = '', ...others] = given.split(',').map((text) => bigipUrl(text.trim(), example));
  const urls = [first, ...others];
  if (new Set(urls).size < urls.length) {
    throw new SettingsError('BIGIP_URL', 'names a unit twice', 'Name each unit of the pair once.');
  }
  return [first, ...others];
}

/** CES 0.5 took a host, or host:port, and always spoke HTTPS. */
function bigipUrl(given: string, example: string): string {
  const url = parsedUrl(given.includes('://') ? given : `https://${given}`);
  if (url?.protocol !== 'https:') throw new SettingsError('BIGIP_URL', 'is not an HTTPS address', `Write ${example}.`);
  if (url.username !== '' || url.password !== '') {
    const remedy = 'Put them into BIGIP_USERNAME and BIGIP_PASSWORD, or into BIGIP_CREDS_DIR.';
    throw new SettingsError('BIGIP_URL', 'holds credentials', remedy);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new SettingsError('BIGIP_URL', 'holds more than host and port', `Write ${example}.`);
  }
  return url.origin;
}

function bigipSyncGroup(environment: Environment): string | undefined {
  const group = optional(environment, 'BIGIP_SYNC_GROUP');
  if (group !== undefined && !/^[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}$/.test(group)) {
    const remedy = 'Set it to the name of the sync-failover device group, without a path.';
    throw new SettingsError('BIGIP_SYNC_GROUP', 'is not the name of a device group', remedy);
  }
  return group;
}

function bigipCredentials(environment: Environment): BigipCredentials {
  const directory = optional(environment, 'BIGIP_CREDS_DIR');
  const username = optional(environment, 'BIGIP_USERNAME');
  const password = environment['BIGIP_PASSWORD'];
  if (directory !== undefined) {
    if (username === undefined && !password) return { source: 'directory', directory };
    const problem = 'is set, and so is BIGIP_USERNAME or BIGIP_PASSWORD';
    throw new SettingsError('BIGIP_CREDS_DIR', problem, 'Keep either the directory or the two values.');
  }
  const remedy = 'Set BIGIP_USERNAME and BIGIP_PASSWORD, or BIGIP_CREDS_DIR (a directory with username and password).';
  if (username === undefined) throw new SettingsError('BIGIP_USERNAME', 'is not set', remedy);
  if (!password) throw new SettingsError('BIGIP_PASSWORD', 'is not set', remedy);
  return { source: 'values', username, password: new Secret(password) };
}

function bigipTls(environment: Environment): BigipSettings['tls'] {
  const insecure = z.stringbool().safeParse(optional(environment, 'BIGIP_INSECURE') ?? 'false');
  if (!insecure.success) throw new SettingsError('BIGIP_INSECURE', 'is neither true nor false', 'Use true or false.');
  const caFile = optional(environment, 'BIGIP_CA_FILE');
  if (!insecure.data) return { verify: true, ...(caFile === undefined ? {} : { caFile }) };
  if (caFile === undefined) return { verify: false };
  const remedy = 'Remove BIGIP_INSECURE to verify the BIG-IP by the CA, or BIGIP_CA_FILE to verify nothing.';
  throw new SettingsError('BIGIP_INSECURE', 'is set, and so is BIGIP_CA_FILE', remedy);
}

const databaseExample = 'postgres://user:password@host:5432/database';

/** Whether a variable has a value; an empty one counts as none. */
export function isSet(environment: Environment, key: string): boolean {
  return optional(environment, key) !== undefined;
}

function optional(environment: Environment, key: string): string | undefined {
  const value = environment[key]?.trim();
  return value === '' ? undefined : value;
}

function required(environment: Environment, key: string, remedy: string): string {
  const value = optional(environment, key);
  if (value === undefined) throw new SettingsError(key, 'is not set', remedy);
  return value;
}

function requiredUrl(environment: Environment, key: string, schemes: readonly string[], example: string): string {
  const value = required(environment, key, `Set it to an address like ${example}.`);
  const scheme = parsedUrl(value)?.protocol;
  if (scheme === undefined || !schemes.includes(scheme)) {
    throw new SettingsError(key, 'is not an address of the right kind', `Write it like ${example}.`);
  }
  return value;
}

function parsedUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
