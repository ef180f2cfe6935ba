import {
  type BigipSettings,
  bigipSettings,
  type ClientSettings,
  clientSettings,
  type ConfigurationSettings,
  configurationSettings,
  type DatabaseSettings,
  databaseSettings,
  type EmbeddedDatabaseSettings,
  type HttpSettings,
  httpSettings,
  type KubernetesSettings,
  kubernetesSettings,
  type LogSettings,
  isSet,
  keptDatabaseSettings,
  logSettings,
  type RedisSettings,
  redisSettings,
  streamPrefix,
  type StreamSettings,
  streamSettings,
} from './settings-sections.js';
import { SettingsError } from './settings-error.js';
import { type Environment, readFlags } from './settings-flags.js';

/** What each app reads; nothing else is asked for. */
export interface Settings {
  readonly watcher: {
    readonly log: LogSettings;
    readonly http: HttpSettings;
    readonly database: DatabaseSettings;
    readonly stream: StreamSettings;
    readonly kubernetes: KubernetesSettings;
    readonly configuration: ConfigurationSettings;
  };
  readonly projector: {
    readonly log: LogSettings;
    readonly http: HttpSettings;
    readonly database: DatabaseSettings;
    readonly stream: StreamSettings;
    readonly configuration: ConfigurationSettings;
  };
  readonly worker: {
    readonly log: LogSettings;
    readonly http: HttpSettings;
    readonly database: DatabaseSettings;
    readonly stream: StreamSettings;
    readonly bigip: BigipSettings;
    readonly configuration: ConfigurationSettings;
  };
  readonly api: {
    readonly log: LogSettings;
    readonly http: HttpSettings;
    readonly database: DatabaseSettings;
    readonly stream: StreamSettings;
    readonly configuration: ConfigurationSettings;
  };
  readonly migrate: { readonly log: LogSettings; readonly database: DatabaseSettings; readonly stream: StreamSettings };
  readonly standalone: {
    readonly log: LogSettings;
    /** Of the API; the others take their own default ports, or any where this is 0. */
    readonly http: HttpSettings;
    readonly database: DatabaseSettings | EmbeddedDatabaseSettings;
    /** Undefined: the stream runs in the database. */
    readonly redis: RedisSettings | undefined;
    readonly streamPrefix: string;
    readonly kubernetes: KubernetesSettings;
    readonly bigip: BigipSettings;
    readonly configuration: ConfigurationSettings;
  };
  readonly ces: ClientSettings;
  /** `ces doctor`: each part by itself, so that a fault in one keeps nobody from looking at the others. */
  readonly doctor: {
    readonly configuration: Part<ConfigurationSettings>;
    readonly database: Part<DatabaseSettings>;
    readonly stream: Part<StreamSettings>;
    readonly kubernetes: Part<KubernetesSettings>;
    readonly bigip: Part<BigipSettings>;
  };
  /** `ces` on the database itself. */
  readonly replay: { readonly database: DatabaseSettings };
  readonly demo: Pick<EmbeddedServices, 'database' | 'redis'> & {
    /** Undefined: simulate a cluster. From `--kubeconfig` alone: a KUBECONFIG that happens to be set is not played with. */
    readonly kubernetes: KubernetesSettings | undefined;
  };
}

export interface EmbeddedServices {
  readonly log: LogSettings;
  readonly http: HttpSettings;
  /** Undefined: start an embedded PostgreSQL. */
  readonly database: DatabaseSettings | undefined;
  /** Undefined: the stream runs in the database. */
  readonly redis: RedisSettings | undefined;
}

/** Some of the settings: as they are, not given at all, or not to be used. */
export type Part<Value> =
  | { readonly is: 'given'; readonly value: Value }
  | { readonly is: 'missing'; readonly key: string }
  | { readonly is: 'wrong'; readonly error: SettingsError };

export type App = keyof Settings;

export interface SettingsSource {
  readonly environment: Environment;
  /** Command-line flags, without node and the script. */
  readonly arguments: readonly string[];
}

/** Where each app answers when PORT says nothing. */
export const defaultPorts = { api: 8080, watcher: 8081, projector: 8082, worker: 8083 } as const;

/** Reads one app's part of the environment; `flags` holds what was given as flags alone. */
type Reader<Name extends App> = (environment: Environment, flags: Environment) => Settings[Name];

const readers: { readonly [Name in App]: Reader<Name> } = {
  watcher: (environment) => ({
    ...daemon(environment, defaultPorts.watcher),
    kubernetes: kubernetesSettings(environment),
    configuration: configurationSettings(environment),
  }),
  projector: (environment) => ({
    ...daemon(environment, defaultPorts.projector),
    configuration: configurationSettings(environment),
  }),
  worker: (environment) => ({
    ...daemon(environment, defaultPorts.worker),
    bigip: bigipSettings(environment),
    configuration: configurationSettings(environment),
  }),
  api: (environment) => ({
    ...daemon(environment, defaultPorts.api),
    configuration: configurationSettings(environment),
  }),
  migrate: (environment) => ({
    log: logSettings(environment),
    database: databaseSettings(environment),
    stream: streamSettings(environment),
  }),
  standalone: (environment) => ({
    log: logSettings(environment),
    http: httpSettings(environment, defaultPorts.api),
    database: keptDatabaseSettings(environment),
    redis: isSet(environment, 'REDIS_URL') ? redisSettings(environment) : undefined,
    streamPrefix: streamPrefix(environment),
    kubernetes: kubernetesSettings(environment),
    bigip: bigipSettings(environment),
    configuration: configurationSettings(environment),
  }),
  ces: clientSettings,
  doctor: (environment) => ({
    configuration: part(environment, ['CES_CONFIG'], configurationSettings),
    database: part(environment, ['DATABASE_URL'], databaseSettings),
    stream: part(environment, ['DATABASE_URL', 'REDIS_URL'], streamSettings),
    kubernetes: part(environment, ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST'], kubernetesSettings),
    bigip: part(environment, ['BIGIP_URL'], bigipSettings),
  }),
  replay: (environment) => ({ database: databaseSettings(environment) }),
  demo: (environment, flags) => ({
    database: isSet(environment, 'DATABASE_URL') ? databaseSettings(environment) : undefined,
    redis: isSet(environment, 'REDIS_URL') ? redisSettings(environment) : undefined,
    kubernetes: isSet(flags, 'KUBECONFIG') ? kubernetesSettings(flags) : undefined,
  }),
};

function daemon(environment: Environment, defaultPort: number) {
  return {
    log: logSettings(environment),
    http: httpSettings(environment, defaultPort),
    database: databaseSettings(environment),
    stream: streamSettings(environment),
  };
}

/** What `read` makes of the environment, where it has at least one of the keys. */
function part<Value>(
  environment: Environment,
  keys: readonly [string, ...string[]],
  read: (environment: Environment) => Value,
): Part<Value> {
  if (!keys.some((key) => isSet(environment, key))) return { is: 'missing', key: keys[0] };
  try {
    return { is: 'given', value: read(environment) };
  } catch (error) {
    if (error instanceof SettingsError) return { is: 'wrong', error };
    throw error;
  }
}

/**
 * The settings of an app, validated and frozen. Secrets are held as `Secret`.
 * Daemons pass nothing; who has flags of its own passes the arguments that are settings, tests the environment too.
 * @throws SettingsError for the first setting that is missing or wrong; it names the key and the remedy.
 */
export function readSettings<Name extends App>(app: Name, given: Partial<SettingsSource> = {}): Settings[Name] {
  const source = { ...ownProcess(), ...given };
  const flags = readFlags(source.arguments);
  return frozen(readers[app]({ ...source.environment, ...flags }, flags));
}

/** The environment and the flags of this process; the only place where `process.env` is read. */
function ownProcess(): SettingsSource {
  return { environment: process.env, arguments: process.argv.slice(2) };
}

function frozen<Value extends object>(value: Value): Value {
  for (const property of Object.values(value) as unknown[]) {
    if (typeof property === 'object' && property !== null) frozen(property);
  }
  return Object.freeze(value);
}
