import {
  type BigipSettings,
  bigipSettings,
  type ClientSettings,
  clientSettings,
  type ConfigurationSettings,
  configurationSettings,
  type DatabaseSettings,
  databaseSettings,
  type HttpSettings,
  httpSettings,
  type KubernetesSettings,
  kubernetesSettings,
  type LogSettings,
  logSettings,
  type StreamSettings,
  streamSettings,
} from './settings-sections.js';
import { type Environment, withFlags } from './settings-flags.js';

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
  readonly migrate: { readonly log: LogSettings; readonly database: DatabaseSettings };
  readonly ces: ClientSettings;
  readonly 'bigip-simulator': { readonly log: LogSettings; readonly http: HttpSettings };
  readonly 'kube-simulator': { readonly log: LogSettings; readonly http: HttpSettings };
}

export type App = keyof Settings;

export interface SettingsSource {
  readonly environment: Environment;
  /** Command-line flags, without node and the script. */
  readonly arguments: readonly string[];
}

const readers: { readonly [Name in App]: (environment: Environment) => Settings[Name] } = {
  watcher: (environment) => ({
    ...daemon(environment, 8081),
    kubernetes: kubernetesSettings(environment),
    configuration: configurationSettings(environment),
  }),
  projector: (environment) => ({
    ...daemon(environment, 8082),
    configuration: configurationSettings(environment),
  }),
  worker: (environment) => ({
    ...daemon(environment, 8083),
    bigip: bigipSettings(environment),
    configuration: configurationSettings(environment),
  }),
  api: (environment) => ({
    ...daemon(environment, 8080),
    configuration: configurationSettings(environment),
  }),
  migrate: (environment) => ({ log: logSettings(environment), database: databaseSettings(environment) }),
  ces: clientSettings,
  'bigip-simulator': (environment) => ({ log: logSettings(environment), http: httpSettings(environment, 8443) }),
  'kube-simulator': (environment) => ({ log: logSettings(environment), http: httpSettings(environment, 6443) }),
};

function daemon(environment: Environment, defaultPort: number) {
  return {
    log: logSettings(environment),
    http: httpSettings(environment, defaultPort),
    database: databaseSettings(environment),
    stream: streamSettings(environment),
  };
}

/**
 * The settings of an app, validated and frozen. Secrets are held as `Secret`.
 * Apps pass nothing; tests pass a source instead of this process's environment and arguments.
 * @throws SettingsError for the first setting that is missing or wrong; it names the key and the remedy.
 */
export function readSettings<Name extends App>(app: Name, source: SettingsSource = ownProcess()): Settings[Name] {
  return frozen(readers[app](withFlags(source.environment, source.arguments)));
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
