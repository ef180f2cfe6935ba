import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type App, readSettings } from './settings.js';
import { SettingsError } from './settings-error.js';
import { type Environment } from './settings-flags.js';

const complete: Environment = {
  DATABASE_URL: 'postgres://ces:hunter2@db:5432/ces',
  REDIS_URL: 'redis://:hunter2@redis:6379/0',
  KUBECONFIG: '/etc/ces/kubeconfig',
  CES_CONFIG: '/etc/ces/ces-conf.yaml',
  BIGIP_URL: 'https://bigip:8443',
  BIGIP_USERNAME: 'admin',
  BIGIP_PASSWORD: 'hunter2',
};

function read<Name extends App>(app: Name, changes: Environment = {}, flags: readonly string[] = []) {
  return readSettings(app, { environment: { ...complete, ...changes }, arguments: flags });
}

function problem(app: App, changes: Environment, flags: readonly string[] = []): SettingsError {
  try {
    read(app, changes, flags);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('The settings were accepted.');
}

describe('what is read', () => {
  test('the worker gets database, stream, device, configuration, and the defaults', () => {
    const settings = read('worker');
    expect(settings).toMatchObject({
      log: { level: 'info' },
      http: { port: 8083 },
      stream: { backend: 'redis' },
      bigip: {
        urls: ['https://bigip:8443'],
        credentials: { source: 'values', username: 'admin' },
        tls: { verify: true },
      },
      configuration: { file: '/etc/ces/ces-conf.yaml', namespace: 'kube-system' },
    });
    expect(settings.database.url.reveal()).toBe('postgres://ces:hunter2@db:5432/ces');
    expect(settings.stream.url.reveal()).toBe('redis://:hunter2@redis:6379/0');
  });

  test('a password is taken as it is, spaces included', () => {
    const { credentials } = read('worker', { BIGIP_PASSWORD: ' hunter2 ' }).bigip;
    expect(credentials.source === 'values' && credentials.password.reveal()).toBe(' hunter2 ');
  });

  test('each app asks only for what it needs', () => {
    expect(readSettings('ces', { environment: {}, arguments: [] })).toEqual({ apiUrl: 'http://127.0.0.1:8080' });
    expect(read('projector', { BIGIP_URL: undefined, KUBECONFIG: undefined }).http.port).toBe(8082);
    expect(read('watcher', { BIGIP_URL: undefined }).http.port).toBe(8081);
    expect(read('api', { BIGIP_URL: undefined, KUBECONFIG: undefined }).http.port).toBe(8080);
  });

  test('standalone keeps its data in CES_DATA_DIR, or in the database of DATABASE_URL, and never in both', () => {
    const elsewhere = { CES_DATA_DIR: '/var/lib/ces', DATABASE_URL: undefined };
    expect(read('standalone', elsewhere).database).toEqual({ directory: '/var/lib/ces' });
    expect(read('standalone').database).toHaveProperty('url');
    expect(problem('standalone', { DATABASE_URL: undefined }).key).toBe('CES_DATA_DIR');
    expect(problem('standalone', { CES_DATA_DIR: '/var/lib/ces' }).message).toContain('so is DATABASE_URL');
  });

  test('without REDIS_URL the stream runs in the database', () => {
    const { stream } = read('projector', { REDIS_URL: '' });
    expect([stream.backend, stream.url.reveal()]).toEqual(['postgres', 'postgres://ces:hunter2@db:5432/ces']);
  });

  test('installations that share a Redis or a database are set apart by a prefix', () => {
    expect(read('projector').stream.prefix).toBe('ces_stream');
    expect(read('worker', { CES_STREAM_PREFIX: 'ces_two' }).stream.prefix).toBe('ces_two');
  });

  test('a kubeconfig may be a list of files; in a cluster none is needed', () => {
    expect(read('watcher', { KUBECONFIG: '/a:/b' }).kubernetes).toEqual({ access: 'kubeconfig', files: ['/a', '/b'] });
    const inside = { KUBECONFIG: undefined, KUBERNETES_SERVICE_HOST: '10.96.0.1' };
    expect(read('watcher', inside).kubernetes).toEqual({ access: 'in-cluster' });
  });

  test('the demo brings its own services unless others are named', () => {
    const own = read('demo', { DATABASE_URL: undefined, REDIS_URL: undefined });
    expect(own).toMatchObject({ database: undefined, redis: undefined });
    const others = read('demo');
    expect(others.database?.url.reveal()).toBe('postgres://ces:hunter2@db:5432/ces');
    expect(others.redis?.url.reveal()).toBe('redis://:hunter2@redis:6379/0');
  });

  test('the demo touches a cluster only when a flag names it', () => {
    expect(read('demo').kubernetes).toBeUndefined();
    expect(read('demo', {}, ['--kubeconfig=/mine']).kubernetes).toEqual({ access: 'kubeconfig', files: ['/mine'] });
  });

  test('the result is frozen to the bottom', () => {
    const settings = read('worker');
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.bigip) && Object.isFrozen(settings.bigip.tls)).toBe(
      true,
    );
  });

  test.each([
    ['10.1.1.1', 'https://10.1.1.1'],
    ['10.1.1.1:8443', 'https://10.1.1.1:8443'],
    ['bigip.example.com', 'https://bigip.example.com'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['https://bigip/', 'https://bigip'],
  ])('BIGIP_URL may be %s', (given, url) => {
    expect(read('worker', { BIGIP_URL: given }).bigip.urls).toEqual([url]);
  });

  test('BIGIP_URL may name both units of a pair, and BIGIP_SYNC_GROUP their device group', () => {
    const { bigip } = read('worker', { BIGIP_URL: '10.1.1.1, https://10.1.1.2:8443', BIGIP_SYNC_GROUP: 'pair' });
    expect(bigip).toMatchObject({ urls: ['https://10.1.1.1', 'https://10.1.1.2:8443'], syncGroup: 'pair' });
  });

  test.each([
    [{ BIGIP_URL: '10.1.1.1,https://10.1.1.1' }, 'BIGIP_URL names a unit twice'],
    [{ BIGIP_URL: '10.1.1.1,' }, 'BIGIP_URL is not an HTTPS address'],
    [{ BIGIP_SYNC_GROUP: '/Common/pair' }, 'BIGIP_SYNC_GROUP is not the name'],
  ])('%j is refused', (environment, problem) => {
    expect(() => read('worker', environment)).toThrow(problem);
  });
});

describe("CES 0.5's flags", () => {
  const withoutDevice = {
    BIGIP_URL: undefined,
    BIGIP_USERNAME: undefined,
    BIGIP_PASSWORD: undefined,
    CES_CONFIG: undefined,
  };

  test('stand for the settings, with one dash or two, with = or a space', () => {
    const flags = [
      '--bigip-url=10.1.1.1:8443',
      '-bigip-insecure',
      '--bigip-creds-dir',
      '/creds',
      '-bigip-conf-dir=/conf',
    ];
    expect(read('worker', withoutDevice, flags)).toMatchObject({
      bigip: {
        urls: ['https://10.1.1.1:8443'],
        credentials: { source: 'directory', directory: '/creds' },
        tls: { verify: false },
      },
      configuration: { file: '/conf/ces-conf.yaml' },
    });
  });

  test('win over the environment', () => {
    const settings = read('worker', { BIGIP_INSECURE: 'true' }, [
      '--bigip-insecure=false',
      '--bigip-username',
      'other',
    ]);
    expect(settings.bigip).toMatchObject({ tls: { verify: true }, credentials: { username: 'other' } });
  });

  test('name the cluster', () => {
    const flags = ['--kubeconfig', '/home/me/kubeconfig', '--master=https://10.0.0.1:6443'];
    expect(read('watcher', {}, flags).kubernetes).toEqual({
      access: 'kubeconfig',
      files: ['/home/me/kubeconfig'],
      server: 'https://10.0.0.1:6443',
    });
  });

  test.each([
    [['--bigip-ulr=x'], '--bigip-ulr is not a known flag'],
    [['--bigip-url'], '--bigip-url has no value'],
    [['--bigip-url', '--bigip-insecure'], '--bigip-url has no value'],
    [['something'], 'An argument is not a flag'],
  ])('%j is refused', (flags, message) => {
    expect(problem('worker', {}, flags).message).toContain(message);
  });
});

describe('an error names the key and the remedy', () => {
  test.each<[App, Environment, string]>([
    ['projector', { DATABASE_URL: undefined }, 'DATABASE_URL'],
    ['projector', { DATABASE_URL: 'mysql://db' }, 'DATABASE_URL'],
    ['projector', { REDIS_URL: 'redis' }, 'REDIS_URL'],
    ['projector', { CES_STREAM_PREFIX: 'ces:stream' }, 'CES_STREAM_PREFIX'],
    ['projector', { CES_CONFIG: ' ' }, 'CES_CONFIG'],
    ['projector', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    ['projector', { PORT: '70000' }, 'PORT'],
    ['projector', { PORT: '80a' }, 'PORT'],
    ['projector', { LISTEN_ADDRESS: 'localhost' }, 'LISTEN_ADDRESS'],
    ['watcher', { KUBECONFIG: undefined }, 'KUBECONFIG'],
    ['worker', { BIGIP_URL: undefined }, 'BIGIP_URL'],
    ['worker', { BIGIP_URL: 'http://bigip' }, 'BIGIP_URL'],
    ['worker', { BIGIP_URL: 'https://bigip/mgmt' }, 'BIGIP_URL'],
    ['worker', { BIGIP_URL: 'https://admin:hunter2@bigip' }, 'BIGIP_URL'],
    ['worker', { BIGIP_USERNAME: undefined }, 'BIGIP_USERNAME'],
    ['worker', { BIGIP_PASSWORD: undefined }, 'BIGIP_PASSWORD'],
    ['worker', { BIGIP_CREDS_DIR: '/creds' }, 'BIGIP_CREDS_DIR'],
    ['worker', { BIGIP_INSECURE: 'maybe' }, 'BIGIP_INSECURE'],
    ['worker', { BIGIP_INSECURE: 'true', BIGIP_CA_FILE: '/ca.pem' }, 'BIGIP_INSECURE'],
    ['ces', { CES_API_URL: 'api:8080' }, 'CES_API_URL'],
    ['ces', { CES_API_URL: 'http://me:hunter2@api:8080' }, 'CES_API_URL'],
  ])('%s with %j', (app, changes, key) => {
    const error = problem(app, changes);
    expect(error.key).toBe(key);
    expect(error.message).toMatch(new RegExp(`^${key} .+\\. .+\\.$`));
  });
});

describe('promise 12: neither settings nor their errors show a secret', () => {
  test('printed settings', () => {
    const settings = read('worker');
    const printed = `${JSON.stringify(settings)} ${inspect(settings, { depth: null, showHidden: true })}`;
    expect(printed).not.toContain('hunter2');
    expect(settings.bigip.credentials.source === 'values' && settings.bigip.credentials.password.reveal()).toBe(
      'hunter2',
    );
  });

  test.each([
    { DATABASE_URL: 'mysql://ces:hunter2@db' },
    { DATABASE_URL: 'hunter2' },
    { REDIS_URL: 'http://:hunter2@redis' },
    { BIGIP_URL: 'https://admin:hunter2@bigip' },
    { BIGIP_INSECURE: 'hunter2' },
    { LOG_LEVEL: 'hunter2' },
    { PORT: 'hunter2' },
  ])('the error about %j', (changes) => {
    const error = problem('worker', changes);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hunter2');
  });

  test('the error about a mistyped command line', () => {
    expect(problem('worker', {}, ['--bigip-passwort=hunter2']).message).not.toContain('hunter2');
    expect(problem('worker', {}, ['hunter2']).message).not.toContain('hunter2');
  });
});
