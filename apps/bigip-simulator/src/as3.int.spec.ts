import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '#testing/wait-for';

import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, textAt, valueAt } from './testing/client.spec.js';
import { adc, addresses, egressTenant, tenant } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';

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
      await waitFor(async () => {
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
});
