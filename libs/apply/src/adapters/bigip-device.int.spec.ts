import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { requestFor } from '#compile/request';
import { type JsonObject } from '#core/json';
import { Secret } from '#platform/secret';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pollTask } from '../poll.js';
import { systemClock } from '#platform/clock';
import { BigipDevice } from './bigip-device.js';
import { PairClient } from './pair-client.js';
import { HttpsClient, type HttpsClientOptions } from './https-client.js';

const never = new AbortController().signal;
const policy = '/Common/Shared/k8s_system_global_policy';

const body = (addresses: readonly string[]): JsonObject => ({
  class: 'Tenant',
  Shared: {
    class: 'Application',
    template: 'shared',
    sources: { class: 'Firewall_Address_List', addresses },
    k8s_system_global_policy: { class: 'Firewall_Policy', rules: [] },
  },
});
const request = (addresses: readonly string[] = ['10.1.2.3'], lockKey?: string) =>
  requestFor({ tenant: 'Common', schemaVersion: '3.56.0' }, body(addresses), lockKey === undefined ? {} : { lockKey });

describe('a BIG-IP over its management interface', () => {
  let simulator: BigipSimulator;
  const clients: HttpsClient[] = [];

  const connect = (overrides: Partial<HttpsClientOptions> = {}) => {
    const client = new HttpsClient({
      url: simulator.url,
      credentials: () => Promise.resolve({ username: 'admin', password: new Secret('admin') }),
      tls: { verify: true, ca: simulator.caCertificate },
      timeout: 5_000,
      ...overrides,
    });
    clients.push(client);
    return new BigipDevice(new PairClient([client]), systemClock);
  };
  const declare = async (device: BigipDevice, declaration: JsonObject) => {
    const answer = await device.declare('Common', declaration, never);
    return answer.type === 'accepted' ? pollTask(device, answer.task, systemClock, never) : answer;
  };

  beforeEach(async () => {
    simulator = await startBigipSimulator();
  });

  afterEach(async () => {
    clients.splice(0).forEach((client) => {
      client.close();
    });
    await simulator.close();
  });

  it('says what it is, and what it stored: nothing at first', async () => {
    const device = connect();
    expect(await device.info(never)).toMatchObject({ version: '3.56.0' });
    expect(await device.stored('Common', never)).toBeNull();
    expect(await device.partition('Common', never)).toEqual({ exists: true, objects: [] });
    expect(await device.partition('nowhere', never)).toEqual({ exists: false, objects: [] });
  });

  it('tells where the device differs, also when AS3 takes longer for it than a caller may wait', async () => {
    await simulator.close();
    simulator = await startBigipSimulator({ synchronousLimit: 1, latency: { perTenant: 100 } });
    const device = connect();
    await declare(device, request());
    expect(await device.dryRun('Common', request(), never)).toBe('same');
    const other = request(['10.1.2.3', '10.1.2.4']);
    expect(await device.dryRun('Common', other, never)).toBe('different');
    expect(await device.differences('Common', other, never)).toEqual([
      {
        object: '/Common/Shared/sources',
        type: 'missing',
        property: ['addresses', '10.1.2.4'],
        found: null,
        declared: {},
      },
    ]);
    expect(await device.policyRules(policy, never)).toEqual([]);
    expect(await device.policyRules('/Common/Shared/none', never)).toBeNull();
  });

  it('declares under a task, and gives the stored tenant with its key back', async () => {
    const device = connect();
    expect(await declare(device, request())).toMatchObject({
      type: 'over',
      results: [{ tenant: 'Common', code: 200 }, { code: 200 }],
    });
    const stored = await device.stored('Common', never);
    expect(stored).toMatchObject({ body: { class: 'Tenant', Shared: { sources: { addresses: ['10.1.2.3'] } } } });
    expect(stored?.lockKey).toEqual(expect.any(String));
    expect(stored?.body).not.toHaveProperty('optimisticLockKey');
  });

  it('finds by a dry run whether the device holds a declaration, also after a change by hand', async () => {
    const device = connect();
    await declare(device, request());
    expect(await device.dryRun('Common', request(), never)).toBe('same');
    expect(await device.dryRun('Common', request(['10.9.9.9']), never)).toBe('different');
  });

  it('enforces the global policy, and reads what is enforced', async () => {
    const device = connect();
    await declare(device, request());
    expect(await device.globalPolicy(never)).toBeNull();
    await device.enforceGlobalPolicy(policy, never);
    await device.save(never);
    expect(await device.globalPolicy(never)).toBe(policy);
    expect(await device.routeDomain('/Common/0', never)).toEqual({ policy: null });
    expect(await device.routeDomain('/Common/none', never)).toBeNull();
  });

  it('tells a wrong lock key from a bad rule', async () => {
    const device = connect();
    await declare(device, request());
    const over = await declare(device, request(['10.9.9.9'], 'wrong')).catch((error: unknown) => error);
    expect(JSON.stringify(over)).toMatch(/hash you submitted does not match|lock-key/);
  });

  it('promise 12: refuses a certificate that is not trusted, and says which setting helps', async () => {
    const device = connect({ tls: { verify: true, ca: null } });
    await expect(device.info(never)).rejects.toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('BIGIP_CA_FILE') as unknown,
    });
    expect(simulator.requests).toEqual([]);
  });

  it('goes on without verification only when asked by name', async () => {
    expect(await connect({ tls: { verify: false } }).info(never)).toMatchObject({ version: '3.56.0' });
  });

  it('promise 12: a wrong password is told apart, and shown nowhere', async () => {
    const device = connect({
      credentials: () => Promise.resolve({ username: 'admin', password: new Secret('hunter2') }),
    });
    const failure = await device.info(never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unauthorized' });
    expect(JSON.stringify([failure, String(failure), failure instanceof Error ? failure.stack : ''])).not.toContain(
      'hunter2',
    );
  });

  it('tells an unreachable device from a lost answer', async () => {
    const device = connect({ timeout: 300 });
    await device.info(never);
    simulator.faults.strikeRequests({ method: 'POST', effect: { kind: 'lose-answer' } });
    await expect(device.declare('Common', request(), never)).rejects.toMatchObject({ kind: 'answer-lost' });
    const outage = await simulator.outage('refuse');
    await expect(connect().info(never)).rejects.toMatchObject({ kind: 'unreachable' });
    await outage.end();
    await simulator.outage('black-hole');
    await expect(connect({ timeout: 300 }).info(never)).rejects.toMatchObject({
      kind: expect.stringMatching(/timeout|unreachable/) as unknown,
    });
  });

  it('is told when the device is busy', async () => {
    simulator.faults.strikeRequests({
      method: 'POST',
      effect: { kind: 'status', status: 503, body: { message: 'Configuration operation in progress on device' } },
    });
    await expect(connect().declare('Common', request(), never)).rejects.toMatchObject({ kind: 'busy' });
  });

  it('promise 10: never sends a call that could touch a tenant that it does not name', async () => {
    const device = connect();
    await declare(device, request());
    await device.dryRun('Common', request(), never);
    const declares = simulator.requests.filter(({ path, method }) => method !== 'GET' && path.includes('/declare'));
    expect(declares.length).toBe(2);
    expect(declares.every(({ path }) => path.endsWith('/declare/Common'))).toBe(true);
  });

  it('ends a call when its signal is aborted', async () => {
    const device = connect();
    const stopping = new AbortController();
    simulator.faults.strikeRequests({ effect: { kind: 'slow', milliseconds: 60_000 } });
    const call = device.info(stopping.signal);
    stopping.abort(new Error('stopping'));
    await expect(call).rejects.toThrow('stopping');
  });
});
