import { resourceFields } from '#core/generated/resource-fields';
import { type DatabaseFacts } from '#project/adapters/database-inspection';
import { expect, it } from 'vitest';
import { judgeEnforcement } from './bigip-area.js';
import { judgeMigrations, judgeServer } from './database-area.js';
import { Examination, exitCodeOf } from './examination.js';
import { judgeDefinitions, judgeVersion } from './kubernetes-area.js';
import { judgeRedis } from './stream-area.js';

const installed = new Map(Object.entries(resourceFields).map(([kind, fields]) => [kind, new Set<string>(fields)]));
const database: DatabaseFacts = {
  versionNumber: 150_020,
  version: '15.20',
  isReplica: false,
  missing: [],
  unknown: [],
  rulesByDomainName: 0,
};
const redis = { version: '7.0.15', evictionPolicy: 'noeviction', appendOnly: true };

it.each([
  ['v1.29.0', 'ok'],
  ['v1.37.2-gke.1', 'ok'],
  ['v1.28.15', 'failed'],
])('Kubernetes %s: %s', (version, state) => {
  expect(judgeVersion(version).state).toBe(state);
});

it('a definition that is missing, and one that is older', () => {
  expect(judgeDefinitions(installed).state).toBe('ok');
  const without = new Map([...installed].filter(([kind]) => kind !== 'PodEgressRule'));
  expect(judgeDefinitions(without)).toMatchObject({ state: 'failed', found: 'Not installed: PodEgressRule.' });
  const old = new Map([...installed, ['ServiceEgressRule', new Set(['spec.action', 'spec.service'])] as const]);
  expect(judgeDefinitions(old).found).toMatch(/ServiceEgressRule lacks .*spec\.priority/);
});

it.each([
  [database, 'ok'],
  [{ ...database, versionNumber: 140_011 }, 'failed'],
  [{ ...database, isReplica: true }, 'failed'],
])('PostgreSQL %j: %s', (facts, state) => {
  expect(judgeServer(facts).state).toBe(state);
});

it('a database of a newer version is told', () => {
  expect(judgeMigrations({ ...database, unknown: ['Later'] })).toMatchObject({ state: 'warning' });
});

it.each([
  [redis, 'ok'],
  [{ ...redis, evictionPolicy: null, appendOnly: null }, 'ok'],
  [{ ...redis, evictionPolicy: 'allkeys-lru' }, 'failed'],
  [{ ...redis, version: '6.2.14' }, 'failed'],
  [{ ...redis, appendOnly: false }, 'warning'],
])('Redis %j: %s', (facts, state) => {
  expect(judgeRedis(facts).state).toBe(state);
});

it('our policy that is enforced', () => {
  const place = { type: 'global', policy: '/Common/Shared/k8s_system_global_policy' } as const;
  expect(judgeEnforcement([{ place, policy: place.policy }]).state).toBe('ok');
});

it('a check that never answers is given up, and the next one is made', async () => {
  const examination = new Examination('area', 20, () => performance.now());
  const description = { check: 'one', meaning: 'It matters.', remedy: 'Look.' };
  await examination.check(description, () => new Promise<never>(() => undefined));
  await examination.check({ ...description, check: 'two' }, () => Promise.resolve({ state: 'ok', found: 'all' }));
  expect(examination.results).toMatchObject([
    { check: 'one', state: 'failed', found: 'There was no answer within 0.02 s.', remedy: 'Look.', code: 3 },
    { check: 'two', state: 'ok' },
  ]);
  expect(exitCodeOf(examination.results)).toBe(3);
});
