import { ruleKinds } from '#core/kinds';
import { hasRedisServer, type PrivateRedis, startPrivateRedis } from '#testing/private-redis';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const folder = new URL('../../k8s/argo-cd/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const script = read('health.lua');

/** Redis brings a Lua 5.1, the version that Argo CD speaks, and one in which globals are forbidden. */
const hasLua = await hasRedisServer();
if (!hasLua) process.stderr.write("[tests] Argo CD's health check is not run: there is no redis-server on the PATH\n");

describe.skipIf(!hasLua)('the health of a rule in Argo CD', () => {
  let server: PrivateRedis;
  let redis: Redis;

  beforeAll(async () => {
    server = await startPrivateRedis();
    redis = new Redis(server.url);
  });

  afterAll(async () => {
    redis.disconnect();
    await server.remove();
  });

  async function healthOf(object: object): Promise<unknown> {
    const program = `local function health(obj)\n${script}\nend\nreturn cjson.encode(health(cjson.decode(ARGV[1])))`;
    return JSON.parse(z.string().parse(await redis.eval(program, 0, JSON.stringify(object))));
  }

  const rule = (status: object) => ({
    metadata: { name: 'web', generation: 2 },
    status: { observedGeneration: 2, ...status },
  });
  const refused = { type: 'Programmed', status: 'False', message: 'The BIG-IP refuses it.' };

  it.each([
    [{ metadata: { generation: 1 } }, 'Progressing', 'CES has not looked at this rule yet.'],
    [rule({ phase: 'Success', observedGeneration: 1 }), 'Progressing', 'CES has not looked at the latest change yet.'],
    [rule({ phase: 'Syncing', conditions: [] }), 'Progressing', 'Syncing'],
    [rule({ phase: 'Success', conditions: [{ ...refused, status: 'True' }] }), 'Healthy', 'Success'],
    [rule({ phase: 'Inactive' }), 'Healthy', 'Inactive'],
    [rule({ phase: 'Failed', conditions: [refused] }), 'Degraded', 'The BIG-IP refuses it.'],
    [rule({ phase: 'Quarantined', conditions: [refused] }), 'Degraded', 'The BIG-IP refuses it.'],
  ])('%j', async (object, status, message) => {
    expect(await healthOf(object)).toEqual({ status, message });
  });
});

it('Argo CD is told of every kind of rule', () => {
  const { configMapGenerator } = z
    .object({ configMapGenerator: z.array(z.object({ name: z.string(), files: z.array(z.string()) })) })
    .parse(parse(read('kustomization.yaml')));
  const prefix = 'resource.customizations.health.kubeovn.io_';
  expect(configMapGenerator).toMatchObject([
    { name: 'argocd-cm', files: ruleKinds.map((kind) => `${prefix}${kind}=health.lua`) },
  ]);
});

it('what the Application patches is there', () => {
  const patches = parseAllDocuments(read('applications.yaml')).flatMap((document) => {
    const application = z.object({
      spec: z.object({
        source: z.object({
          kustomize: z.object({
            patches: z.array(z.object({ target: z.object({ kind: z.string(), name: z.string() }) })),
          }),
        }),
      }),
    });
    return application.safeParse(document.toJS()).data?.spec.source.kustomize.patches ?? [];
  });
  const documents = parseAllDocuments(readFileSync(new URL('../base/migrate.yaml', folder), 'utf8'));
  const jobs = documents.filter((document) => document.get('kind') === 'Job');
  const targets = jobs.map((document) => ({ kind: 'Job', name: document.getIn(['metadata', 'name']) }));
  expect(patches.map(({ target }) => target)).toEqual(targets);
});
