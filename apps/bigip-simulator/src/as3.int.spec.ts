import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressList } from './device/objects.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, textAt, valueAt } from './testing/client.spec.js';
import { adc, addresses, egressTenant, policy, rule, tenant, use } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const byHand = (path: string, ...entries: string[]) => addressList({ path, addresses: entries });

describe('AS3 over HTTPS', () => {
  let simulator: BigipSimulator;
  let client: Client;

  beforeEach(async () => {
    simulator = await startBigipSimulator();
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
  });

  it('says which AS3 it is', async () => {
    const { status, body } = await client.get('/mgmt/shared/appsvcs/info');
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: '3.56.0', schemaCurrent: '3.56.0', schemaMinimum: '3.0.0' });
  });

  it('lets nobody in without credentials', async () => {
    const stranger = await clientOf(simulator, { credentials: 'admin:wrong' }).get('/mgmt/shared/appsvcs/info');
    const nobody = await client.send('GET', '/mgmt/tm/auth/partition', undefined, {});
    expect([stranger.status, nobody.status]).toEqual([401, 401]);
  });

  it('takes tokens, up to a hundred', async () => {
    const login = (): Promise<{ status: number; body: unknown }> =>
      client.send('POST', '/mgmt/shared/authn/login', { username: 'admin', password: 'admin' }, {});
    const first = await client.send('POST', '/mgmt/shared/authn/login', { username: 'admin', password: 'admin' }, {});
    const token = textAt(first.body, 'token', 'token');
    const answer = await client.send('GET', '/mgmt/shared/appsvcs/info', undefined, {
      'x-f5-auth-token': token,
    });
    expect(answer.status).toBe(200);
    for (let count = 1; count < 100; count += 1) await login();
    expect((await login()).status).toBe(400);
  });

  it('answers 204 without a body when nothing was ever declared, 404 for a tenant that is not there', async () => {
    expect(await client.get(declarePath)).toMatchObject({ status: 204, body: null });
    expect(await client.get(`${declarePath}/T1?showHash=true`)).toMatchObject({ status: 204, body: null });
    await client.post(`${declarePath}/T1`, adc({ T1: egressTenant('T1') }));
    expect((await client.get(`${declarePath}/T2`)).status).toBe(404);
    expect((await client.get(`${declarePath}/T1`)).status).toBe(200);
  });

  it('answers a synchronous declare with one result a tenant', async () => {
    const { status, body } = await client.post(declarePath, adc({ T1: egressTenant('T1'), T2: egressTenant('T2') }));
    expect(status).toBe(200);
    expect(list(valueAt(body, 'results')).map(({ tenant, message, code }) => [tenant, message, code])).toEqual([
      ['T1', 'success', 200],
      ['T2', 'success', 200],
    ]);
    expect(at(body, 'results', 0)).toMatchObject({ host: 'localhost', declarationId: 'test' });
    expect(at(body, 'results', 0)['lineCount']).toBeGreaterThan(0);
    expect(at(body, 'declaration', 'T1')['class']).toBe('Tenant');
  });

  it('accepts an ADC that is wrapped into a request of class AS3', async () => {
    const request = { class: 'AS3', action: 'deploy', persist: true, declaration: adc({ T1: egressTenant('T1') }) };
    const { body } = await client.post(declarePath, request);
    expect(at(body, 'results', 0)['message']).toBe('success');
  });

  it('ignores tenants of the body that the path does not name', async () => {
    const both = adc({ T1: egressTenant('T1'), T2: egressTenant('T2') });
    const { body } = await client.post(`${declarePath}/T1`, both);
    expect(list(valueAt(body, 'results')).map((result) => result['tenant'])).toEqual(['T1']);
    expect([...simulator.device.state.partitions.keys()]).toEqual(['Common', 'T1']);
  });

  it('does nothing when the path names only tenants that the body lacks', async () => {
    const { status, body } = await client.post(`${declarePath}/T9`, adc({ T1: egressTenant('T1') }));
    expect([status, at(body, 'results', 0)['message']]).toEqual([200, 'no change']);
  });

  it('says "no change" when the device holds it already', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    const { body } = await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    expect(at(body, 'results', 0)['message']).toBe('no change');
  });

  it('shows the stored Common besides the tenants in the path', async () => {
    await client.post(declarePath, adc({ Common: tenant({ a: addresses('10.0.0.1') }), T1: egressTenant('T1') }));
    const { body } = await client.get(`${declarePath}/T1`);
    expect(Object.keys(at(body))).toEqual(expect.arrayContaining(['Common', 'T1']));
  });

  describe('asynchronously', () => {
    it('answers 202 and shows the outcome in the task', async () => {
      const { status, body } = await client.post(`${declarePath}?async=true`, adc({ T1: egressTenant('T1') }));
      expect(status).toBe(202);
      const id = textAt(body, 'id');
      expect(at(body)['selfLink']).toBe(`https://localhost/mgmt/shared/appsvcs/task/${id}`);
      await vi.waitFor(async () => {
        const task = await client.get(`/mgmt/shared/appsvcs/task/${id}`);
        expect(at(task.body, 'results', 0)).toMatchObject({ code: 200, message: 'success', tenant: 'T1' });
      });
      const all = await client.get('/mgmt/shared/appsvcs/task');
      expect(list(valueAt(all.body, 'items')).map((item) => item['id'])).toEqual([id]);
    });

    it('does not know other tasks', async () => {
      expect((await client.get('/mgmt/shared/appsvcs/task/none')).status).toBe(404);
    });

    it('keeps the records of 25 finished tasks', async () => {
      for (let count = 0; count < 30; count += 1) await client.post(declarePath, adc({ T1: egressTenant('T1') }));
      const { body } = await client.get('/mgmt/shared/appsvcs/task');
      expect(list(valueAt(body, 'items'))).toHaveLength(25);
    });
  });

  describe('lock keys', () => {
    const keyOf = async (name: string): Promise<string> => {
      const { body } = await client.get(`${declarePath}/${name}?showHash=true`);
      return textAt(body, name, 'optimisticLockKey');
    };
    const keyed = (optimisticLockKey: string, source: string): ReturnType<typeof adc> =>
      adc({ T1: egressTenant('T1', { source: [source], more: { optimisticLockKey } }) });

    beforeEach(async () => {
      await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    });

    it('let the writer pass who has read what is stored', async () => {
      const { status } = await client.post(declarePath, keyed(await keyOf('T1'), '10.0.0.9'));
      expect(status).toBe(200);
      expect(at((await client.get(declarePath)).body, 'T1')['optimisticLockKey']).toBeUndefined();
    });

    it('refuse the writer who has not, with 422, and leave the tenant alone', async () => {
      const before = simulator.device.state;
      const stale = await keyOf('T1');
      await client.post(declarePath, adc({ T1: egressTenant('T1', { source: ['10.0.0.7'] }) }));
      const { status, body } = await client.post(declarePath, keyed(stale, '10.0.0.9'));
      expect(status).toBe(422);
      expect(at(body, 'results', 0)).toMatchObject({
        code: 422,
        tenant: 'T1',
        message: expect.stringMatching(/^The hash you submitted does not match/),
      });
      expect(simulator.device.state).not.toBe(before);
      expect(JSON.stringify(simulator.declarations[0]?.declaration)).toContain('10.0.0.7');
    });

    it('do not guard a tenant that is not stored', async () => {
      const { status } = await client.post(
        declarePath,
        adc({ T2: egressTenant('T2', { more: { optimisticLockKey: 'x' } }) }),
      );
      expect(status).toBe(200);
    });

    it('are in the answer to a declare with showHash, for the next one', async () => {
      const { body } = await client.post(`${declarePath}?showHash=true`, keyed(await keyOf('T1'), '10.0.0.9'));
      expect(at(body, 'declaration', 'T1')['optimisticLockKey']).toBe(await keyOf('T1'));
    });

    it('guard a stored tenant by showHash alone: without a key only the same content passes', async () => {
      const same = await client.post(`${declarePath}?showHash=true`, adc({ T1: egressTenant('T1') }));
      const other = await client.post(
        `${declarePath}?showHash=true`,
        adc({ T1: egressTenant('T1', { source: ['10.9.9.9'] }) }),
      );
      expect([same.status, other.status]).toEqual([200, 422]);
    });
  });

  describe('several tenants', () => {
    it('are 207 when some fail, and the earlier success stays', async () => {
      const wrong = egressTenant('T2', { destination: ['999.1.1.1'] });
      const { status, body } = await client.post(
        declarePath,
        adc({ T1: egressTenant('T1'), T2: wrong, T3: egressTenant('T3') }),
      );
      expect(status).toBe(207);
      expect(list(valueAt(body, 'results')).map(({ code }) => code)).toEqual([200, 422, 200]);
      expect(at(body, 'results', 1)).toMatchObject({
        message: 'declaration failed',
        response: expect.stringMatching(/^01070.*999\.1\.1\.1/),
      });
      expect([...simulator.device.state.partitions.keys()]).toEqual(['Common', 'T1', 'T3']);
      expect((await client.get(`${declarePath}/T2`)).status).toBe(404);
    });

    it('are 422 when all fail, and leave nothing behind', async () => {
      const wrong = egressTenant('T2', { destination: ['999.1.1.1'] });
      const { status } = await client.post(declarePath, adc({ T2: wrong }));
      expect(status).toBe(422);
      expect(simulator.device.state.folders.has('/T2/Shared')).toBe(false);
      expect(simulator.device.state.partitions.has('T2')).toBe(false);
    });

    it('are all removed but the declared ones by updateMode complete', async () => {
      await client.post(declarePath, adc({ T1: egressTenant('T1'), T2: egressTenant('T2') }));
      await client.post(declarePath, adc({ T1: egressTenant('T1') }, { updateMode: 'complete' }));
      expect([...simulator.device.state.partitions.keys()]).toEqual(['Common', 'T1']);
      expect((await client.get(`${declarePath}/T2`)).status).toBe(404);
    });
  });

  describe('Common', () => {
    it('goes in two passes around all other tenants, additions first, and gives two results', async () => {
      const common = (item: string): ReturnType<typeof tenant> =>
        tenant({ [item]: addresses('10.0.0.1'), kept: addresses(item === 'old' ? '1.1.1.1' : '2.2.2.2') });
      await client.post(declarePath, adc({ Common: common('old') }));
      const seen: string[] = [];
      simulator.onDeviceState((state, { tenant: name, phase }) => {
        if (phase !== 'transaction') return;
        const lists = [...state.objects.keys()].filter((key) => key.includes('/Common/Shared/'));
        seen.push(`${name ?? ''}: ${lists.map((key) => key.split('/').at(-1) ?? '').join(' ')}`);
      });
      const { body } = await client.post(declarePath, adc({ T1: egressTenant('T1'), Common: common('new') }));
      expect(list(valueAt(body, 'results')).map(({ tenant: name }) => name)).toEqual(['Common', 'T1', 'Common']);
      expect(seen).toEqual(['Common: old kept new', 'T1: old kept new', 'Common: kept new']);
    });

    it('is redeployed, unasked, with a tenant that mentions /Common/Shared', async () => {
      await client.post(declarePath, adc({ Common: tenant({ shared: addresses('10.0.0.1') }) }));
      const pointing = tenant({ p: policy(rule('r', 'drop', { source: '/Common/Shared/shared' })) });
      const { body } = await client.post(`${declarePath}/T1`, adc({ T1: pointing }));
      expect(list(valueAt(body, 'results')).map(({ tenant: name }) => name)).toEqual(['Common', 'T1', 'Common']);
    });

    it('belongs to AS3 in /Common/Shared only', async () => {
      simulator.device.put(byHand('/Common/mine', '10.0.0.1'), byHand('/Common/Shared/made_by_hand', '10.0.0.1'));
      await client.post(declarePath, adc({ Common: tenant({ a: addresses('10.0.0.1') }) }));
      const paths = [...simulator.device.state.objects.values()].map(({ path }) => path);
      expect(paths).toContain('/Common/mine');
      expect(paths).not.toContain('/Common/Shared/made_by_hand');
    });
  });

  it('owns every other partition whole: what the declaration does not hold is deleted', async () => {
    simulator.device.addPartition({ name: 'T1' });
    simulator.device.put(byHand('/T1/made_by_hand', '10.0.0.1'));
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    expect([...simulator.device.state.objects.values()].some(({ path }) => path === '/T1/made_by_hand')).toBe(false);
  });

  it('removes the named tenants on DELETE', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1'), T2: egressTenant('T2') }));
    const { status, body } = await client.delete(`${declarePath}/T1`);
    expect([status, at(body, 'results', 0)['message']]).toEqual([200, 'success']);
    expect([...simulator.device.state.partitions.keys()]).toEqual(['Common', 'T2']);
  });

  it('removes every tenant on DELETE without one: other people’s, too', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1'), T2: egressTenant('T2') }));
    await client.delete(declarePath);
    expect([...simulator.device.state.partitions.keys()]).toEqual(['Common']);
    expect((await client.get(declarePath)).status).toBe(204);
    const unscoped = simulator.requests.filter(({ method, path }) => method === 'DELETE' && path === declarePath);
    expect(unscoped).toHaveLength(1);
  });

  it('lists older declarations and shows them by age, four unless more are asked for, never more than fifteen', async () => {
    const post = (count: number, historyLimit?: number): Promise<unknown> =>
      client.post(declarePath, {
        class: 'AS3',
        ...(historyLimit === undefined ? {} : { historyLimit }),
        declaration: adc({ T1: egressTenant('T1', { source: [`10.0.0.${String(count)}`] }) }),
      });
    for (let count = 1; count <= 6; count += 1) await post(count);
    const ages = async (): Promise<unknown[]> => {
      const { body } = await client.get(`${declarePath}?age=list`);
      return list(body).map((entry) => entry['age']);
    };
    expect(await ages()).toEqual([0, 1, 2, 3]);
    for (let count = 7; count <= 24; count += 1) await post(count, 15);
    expect(await ages()).toHaveLength(15);
    const older = await client.get(`${declarePath}?age=2`);
    expect(JSON.stringify(older.body)).toContain('10.0.0.22');
    expect((await client.get(`${declarePath}?age=16`)).status).toBe(400);
  });

  it('refuses query parameters that it does not know', async () => {
    expect((await client.post(`${declarePath}?asnyc=true`, adc({}))).status).toBe(400);
    expect((await client.get(`${declarePath}?async=true`)).status).toBe(400);
  });

  it('keeps what the device refuses for the real declare: a dry run passes', async () => {
    const wrong = adc({ T1: egressTenant('T1', { source: ['999.1.1.1'] }) });
    const dry = await client.post(`${declarePath}?controls.dryRun=true`, wrong);
    expect(at(dry.body, 'results', 0)).toMatchObject({ message: 'success', dryRun: true, code: 200 });
    expect(simulator.device.state.partitions.has('T1')).toBe(false);
    expect((await client.get(declarePath)).status).toBe(204);
    expect((await client.post(declarePath, wrong)).status).toBe(422);
    expect(simulator.counters).toMatchObject({ declares: 1, dryRuns: 1 });
  });

  it('shows what is wanted, found and different with traceResponse', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    const changed = adc({ T1: egressTenant('T1', { source: ['10.1.2.3', '10.1.2.4'] }) });
    const { body } = await client.post(`${declarePath}?controls.dryRun=true&controls.traceResponse=true`, changed);
    expect(list(valueAt(body, 'traces', 'T1Diff'))).toEqual([
      {
        kind: 'N',
        path: ['/T1/Shared/sources', 'properties', 'addresses', '10.1.2.4'],
        rhs: {},
        command: 'security firewall address-list',
      },
    ]);
    expect(Object.keys(at(body, 'traces'))).toEqual(['T1Desired', 'T1Current', 'T1Diff', 'T1Script']);
  });

  it('finds a change by hand in a dry run of what was applied, while the stored declaration knows nothing of it', async () => {
    const declaration = adc({ T1: egressTenant('T1') });
    await client.post(declarePath, declaration);
    const stored = await client.get(`${declarePath}/T1?showHash=true`);
    const dryRun = async (): Promise<unknown> => {
      const { body } = await client.post(`${declarePath}/T1?controls.dryRun=true`, declaration);
      return at(body, 'results', 0)['message'];
    };
    expect(await dryRun()).toBe('no change');
    simulator.device.put(byHand('/T1/Shared/sources', '10.1.2.3', '10.66.6.6'));
    expect((await client.get(`${declarePath}/T1?showHash=true`)).body).toEqual(stored.body);
    expect(await dryRun()).toBe('success');
  });

  it('does not see that rules have only changed places', async () => {
    const ordered = (...names: string[]): ReturnType<typeof adc> =>
      adc({ T1: tenant({ p: policy(...names.map((name) => rule(name, name === 'deny' ? 'drop' : 'accept'))) }) });
    await client.post(declarePath, ordered('allow', 'deny'));
    const swapped = await client.post(declarePath, ordered('deny', 'allow'));
    expect(at(swapped.body, 'results', 0)['message']).toBe('no change');
    const more = await client.post(declarePath, ordered('deny', 'allow', 'third'));
    expect(at(more.body, 'results', 0)['message']).toBe('success');
    const policyPath = '/mgmt/tm/security/firewall/policy/~T1~Shared~p?expandSubcollections=true';
    const { body } = await client.get(policyPath);
    expect(list(valueAt(body, 'rulesReference', 'items')).map(({ name }) => name)).toEqual(['deny', 'allow', 'third']);
  });

  it('leaves the addresses of an event-driven list to its task', async () => {
    const declaration = adc({
      T1: tenant({
        pods: addresses({ addressDiscovery: 'event' }),
        p: policy(rule('r', 'accept', { source: '/T1/Shared/pods' })),
      }),
    });
    await client.post(declarePath, declaration);
    const tasks = await client.get('/mgmt/shared/service-discovery/task');
    const id = textAt(tasks.body, 'items', 0, 'id');
    const nodes = `/mgmt/shared/service-discovery/task/${id}/nodes`;
    expect((await client.post(nodes, [{ id: '10.1.2.3', ip: '10.1.2.3' }])).status).toBe(200);
    const shown = await client.get('/mgmt/tm/security/firewall/address-list/~T1~Shared~pods');
    expect(valueAt(shown.body, 'addresses')).toEqual([{ name: '10.1.2.3' }]);
    const again = await client.post(declarePath, declaration);
    expect(at(again.body, 'results', 0)['message']).toBe('no change');
    expect((await client.post(nodes, [{ id: 'x', ip: '999.1.1.1' }])).status).toBe(400);
  });

  it('puts a Service_Address into the partition itself', async () => {
    const address = { class: 'Service_Address', virtualAddress: '0.0.0.0', icmpEcho: 'disable', arpEnabled: false };
    const server = { class: 'Service_L4', layer4: 'any', virtualPort: 0, virtualAddresses: [use('/T1/Shared/va')] };
    await client.post(declarePath, adc({ T1: tenant({ va: address, vs: server }) }));
    expect((await client.get('/mgmt/tm/ltm/virtual-address/~T1~va')).status).toBe(200);
    const { body } = await client.get('/mgmt/tm/ltm/virtual/~T1~Shared~vs');
    expect(at(body)['destination']).toBe('/T1/0.0.0.0/0:0');
  });
});
