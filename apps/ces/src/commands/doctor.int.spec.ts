import { iRule } from '#apps/bigip-simulator/src/device/objects';
import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { Secret } from '#platform/secret';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { startTestApi } from '#testing/api-under-test';
import { clusterRule, externalService } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { createTestDatabase } from '#testing/test-database';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ces } from '../testing/recorded-run.spec.js';

const configuration = `
clusterName: k8s
layout: in-place
isSupportRouteDomain: true
schemaVersion: "3.56.0"
tenant:
  - { name: Common, gwPool: { serverAddresses: [192.0.2.1] } }
  - { name: shop, namespaces: shop, routeDomain: { id: 2, name: rd2 }, gwPool: { serverAddresses: [192.0.2.1] } }
`;
const shop = { partitions: [{ name: 'shop' }], routeDomains: [{ path: '/shop/rd2', id: 2 }] };
const reader = { token: 'reader', username: 'reader', rules: [{ verbs: ['list'], groups: [''], resources: ['*'] }] };

/** Where nothing listens. */
const nowhere = 'https://127.0.0.1:9';

let projection: ProjectionUnderTest;
let cluster: KubeSimulator;
let folder: string;
const devices: BigipSimulator[] = [];

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  const settings = { backend: 'postgres', prefix: 'ces_stream', url: new Secret(projection.url) } as const;
  const stream = createStreamBackend({ settings, logger: silentLogger, metrics: createMetrics({ app: 'test' }) });
  await stream.prepare();
  await stream.close();
  cluster = await startKubeSimulator({ users: [reader] });
  folder = await mkdtemp(join(tmpdir(), 'ces-doctor-'));
  await write('kubeconfig', cluster.kubeconfig);
  await write('ces-conf.yaml', configuration);
});

afterAll(async () => {
  await projection.close();
  await cluster.close();
  await rm(folder, { recursive: true });
});

/** An installation in which all is well, but that nothing is declared yet. */
beforeEach(async () => {
  const device = await bigip({ content: shop, fqdnResolver: '/Common/dns' });
  vi.stubEnv('KUBECONFIG', join(folder, 'kubeconfig'));
  vi.stubEnv('CES_CONFIG', join(folder, 'ces-conf.yaml'));
  vi.stubEnv('DATABASE_URL', projection.url);
  vi.stubEnv('REDIS_URL', '');
  vi.stubEnv('BIGIP_URL', device.url);
  vi.stubEnv('BIGIP_USERNAME', 'admin');
  vi.stubEnv('BIGIP_PASSWORD', 'admin');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const device of devices.splice(0)) await device.close();
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** A BIG-IP whose certificate is trusted. */
async function bigip(options: Parameters<typeof startBigipSimulator>[0]): Promise<BigipSimulator> {
  const device = await startBigipSimulator(options);
  devices.push(device);
  vi.stubEnv('BIGIP_CA_FILE', await write('ca.pem', device.caCertificate));
  vi.stubEnv('BIGIP_URL', device.url);
  return device;
}

const report = z.object({
  checks: z.array(
    z.object({
      area: z.string(),
      check: z.string(),
      state: z.string(),
      found: z.string(),
      remedy: z.string().optional(),
    }),
  ),
});

/** The checks by `area/check`, as `state: what was found`. */
async function doctor(...parameters: readonly string[]) {
  const { code, out } = await ces(
    'doctor',
    '--output',
    'json',
    '--api-url',
    'http://127.0.0.1:9',
    '--timeout',
    '60',
    ...parameters,
  );
  const { checks } = report.parse(JSON.parse(out));
  const found = Object.fromEntries(checks.map((one) => [`${one.area}/${one.check}`, `${one.state}: ${one.found}`]));
  return { code, checks, found };
}

test('an installation in which all is well', async () => {
  const { code, found } = await doctor();
  expect(found).toMatchObject({
    'configuration/ces-conf.yaml': 'ok: cluster k8s, BIG-IP bigip, tenants Common, shop',
    'kubernetes/API server': 'ok: Kubernetes v1.32.0+simulator',
    'kubernetes/custom resources': 'ok: all 5 are installed, with every field',
    "kubernetes/the watcher's rights": 'ok: all 26 are granted to this account',
    'database/PostgreSQL': expect.stringMatching(/^ok: PostgreSQL \d+/),
    'database/migrations': 'ok: the database is up to date',
    'stream/stream': 'ok: it runs in PostgreSQL; production uses Redis',
    'bigip/BIG-IP': 'ok: AS3 3.56.0',
    'bigip/modules': 'ok: afm, ltm',
    'bigip/partitions': 'ok: Common, shop',
    'bigip/route domains': 'ok: each is there, under its number',
    'bigip/enforcement': 'warning: No policy is enforced by: The BIG-IP globally, /Common/0, /shop/rd2.',
    'bigip/named objects': 'ok: /Common/gateway_icmp',
    'bigip/FQDN resolver': 'ok: /Common/dns',
    'processes/api': expect.stringMatching(/^skipped: Nothing answers/),
  });
  expect(code).toBe(0);
});

test('everything is away, and every check is made all the same', async () => {
  vi.stubEnv('BIGIP_URL', nowhere);
  vi.stubEnv('DATABASE_URL', 'postgres://ces@127.0.0.1:9/ces');
  vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:9');
  vi.stubEnv('KUBECONFIG', await write('away', cluster.kubeconfig.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9')));
  const { code, found } = await doctor('--process', 'http://127.0.0.1:9');
  expect(code).toBe(3);
  expect(found).toMatchObject({
    'configuration/ces-conf.yaml': expect.stringContaining('ok'),
    'kubernetes/API server': expect.stringContaining('failed: connect ECONNREFUSED'),
    'kubernetes/custom resources': 'skipped: The API server does not answer.',
    'database/PostgreSQL': expect.stringContaining('failed: connect ECONNREFUSED'),
    'stream/stream': expect.stringContaining('failed: connect ECONNREFUSED'),
    'bigip/BIG-IP': 'failed: The BIG-IP cannot be reached: ECONNREFUSED.',
    'bigip/enforcement': 'skipped: The BIG-IP cannot be asked.',
    'processes/http://127.0.0.1:9': 'failed: Nothing answers at http://127.0.0.1:9.',
  });
});

test('what is not named is skipped, and the faults of settings keep nobody from looking at the rest', async () => {
  for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'DATABASE_URL', 'CES_CONFIG']) vi.stubEnv(name, '');
  vi.stubEnv('BIGIP_URL', 'http://bigip.example.com/path');
  const { code, found } = await doctor();
  expect(code).toBe(2);
  expect(found).toMatchObject({
    'configuration/ces-conf.yaml': 'skipped: CES_CONFIG is not set here.',
    'kubernetes/API server': 'skipped: KUBECONFIG is not set here.',
    'database/PostgreSQL': 'skipped: DATABASE_URL is not set here.',
    'stream/stream': 'skipped: Neither REDIS_URL nor DATABASE_URL is set here.',
    'bigip/BIG-IP': expect.stringContaining('failed: BIGIP_URL'),
  });
});

test('a configuration that is not valid', async () => {
  vi.stubEnv('CES_CONFIG', await write('broken.yaml', 'clusterName: 1_2\ntenant: []\n'));
  const { code, found } = await doctor();
  expect(code).toBe(2);
  expect(found['configuration/ces-conf.yaml']).toMatch(/^failed: line 1: clusterName must begin with a letter/);
  expect(found['bigip/partitions']).toBe('skipped: There is no ces-conf.yaml that can be used.');
});

test('an account that may not what the watcher has to', async () => {
  vi.stubEnv('KUBECONFIG', await write('reader', cluster.kubeconfig.replace(cluster.token, reader.token)));
  const { code, found } = await doctor();
  expect(code).toBe(1);
  const rights = found["kubernetes/the watcher's rights"];
  expect(rights).toContain('failed: This account may not: watch namespaces');
  expect(rights).toContain('patch podegressrules/status.kubeovn.io');
  expect(rights).not.toContain('list pods,');
});

test('a database that is not migrated', async () => {
  const database = await createTestDatabase();
  try {
    vi.stubEnv('DATABASE_URL', database.url);
    const { code, found } = await doctor();
    expect(code).toBe(1);
    expect(found['database/migrations']).toMatch(/^failed: Not run yet: Initial/);
    expect(found['stream/stream']).toContain('run npm run migrate');
  } finally {
    await database.drop();
  }
});

test.each([
  ['wrong password', () => vi.stubEnv('BIGIP_PASSWORD', 'wrong'), 'BIG-IP', 'failed: The BIG-IP refuses our user name'],
  ['certificate of somebody else', () => vi.stubEnv('BIGIP_CA_FILE', ''), 'BIG-IP', "failed: The BIG-IP's certificate"],
])('a BIG-IP with a %s', async (_, spoil, check, says) => {
  spoil();
  const { code, found } = await doctor();
  expect(code).toBeGreaterThan(0);
  expect(found[`bigip/${check}`]).toContain(says);
  expect(JSON.stringify(found)).not.toContain('wrong"');
});

test.each([
  [{ as3Version: '3.29.0' }, 'BIG-IP', 'failed: AS3 3.29.0 knows no dry run'],
  [{ as3Version: '3.50.0' }, 'BIG-IP', 'switches the firewall policy of route domains'],
  [{ provisioned: [] }, 'modules', 'failed: Not provisioned: afm.'],
  [{ content: {} }, 'partitions', 'failed: There is no partition shop.'],
  [{ content: {} }, 'route domains', 'failed: There is no route domain /shop/rd2.'],
  [
    { content: { ...shop, routeDomains: [{ path: '/shop/rd2', id: 3 }] } },
    'route domains',
    'failed: /shop/rd2 has the number 3, and ces-conf.yaml says 2.',
  ],
])('a BIG-IP with %j', async (options, check, says) => {
  await bigip({ content: shop, ...options });
  const { code, found } = await doctor();
  expect(code).toBe(1);
  expect(found[`bigip/${check}`]).toContain(says);
});

test('promise 10: a policy of somebody else that is enforced is named', async () => {
  const policy = '/Common/corporate';
  const content = { ...shop, routeDomains: [{ path: '/shop/rd2', id: 2, enforcedPolicy: policy }] };
  await bigip({ content });
  const { code, found } = await doctor();
  expect(code).toBe(1);
  expect(found['bigip/enforcement']).toBe(`failed: /shop/rd2 enforces ${policy}, which is not ours.`);
});

test('what ces-conf.yaml refers to has to be on the BIG-IP', async () => {
  const template = JSON.stringify({
    class: 'Service_L4',
    policyBandwidthControl: { bigip: '/Common/fast' },
    iRules: [{ bigip: '/Common/limit_10m' }, { bigip: '/Common/limit_30m' }],
  });
  const named = configuration
    .replace('layout:', 'iRule: [limit_10m, limit_20m]\nlayout:')
    .replace('namespaces: shop,', `namespaces: shop, virtualService: { template: '${template}' },`);
  vi.stubEnv('CES_CONFIG', await write('named.yaml', named));
  await bigip({ content: { ...shop, objects: [iRule('/Common/limit_10m')] } });
  const { code, checks, found } = await doctor();
  expect(code).toBe(1);
  expect(found['bigip/named objects']).toBe(
    'failed: There is no bandwidth controller /Common/fast. There is no iRule /Common/limit_20m. ' +
      'There is no iRule /Common/limit_30m.',
  );
  expect(checks.find(({ check }) => check === 'named objects')?.remedy).toContain('ces-conf.yaml');
});

test('a missing FQDN resolver matters when rules name domain names', async () => {
  await bigip({ content: shop });
  expect((await doctor()).found['bigip/FQDN resolver']).toBe('ok: none is set, and no rule needs one');
  await projection.list([
    externalService('search', { addresses: ['www.example.com'] }, { namespace: 'kube-system' }),
    clusterRule('to-search', { externalServices: ['search'] }),
  ]);
  const { code, found } = await doctor();
  expect(code).toBe(1);
  expect(found['bigip/FQDN resolver']).toContain('failed: None is set, and 1 rules name domain names');
});

test('processes that answer are asked whether they are ready', async () => {
  const api = await startTestApi(projection.url);
  try {
    const { found } = await doctor('--process', api.url);
    expect(found[`processes/${api.url}`]).toBe(`ok: ready (${api.url})`);
  } finally {
    await api.close();
  }
});

test('for people: a table, and below it what to do', async () => {
  vi.stubEnv('BIGIP_URL', nowhere);
  const { code, out } = await ces('doctor', '--api-url', 'http://127.0.0.1:9', '--timeout', '60');
  expect(code).toBe(3);
  expect(out).toMatch(/^AREA {2,}CHECK {2,}RESULT {2,}FOUND$/m);
  expect(out).toMatch(/^bigip {2,}BIG-IP {2,}failed {2,}The BIG-IP cannot be reached: ECONNREFUSED\.$/m);
  expect(out).toContain('failed bigip, BIG-IP: The worker declares to it, through AS3.\n  See that BIGIP_URL names');
  expect(out).toMatch(/^\d+ ok, \d+ warning, 1 failed, \d+ skipped\.$/m);
});
