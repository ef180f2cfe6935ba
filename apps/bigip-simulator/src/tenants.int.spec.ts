import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressList } from './device/objects.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, valueAt } from './testing/client.spec.js';
import { adc, addresses, egressTenant, policy, rule, tenant } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const byHand = (path: string, ...entries: string[]) => addressList({ path, addresses: entries });

describe('tenants of one declaration', () => {
  let simulator: BigipSimulator;
  let client: Client;

  beforeEach(async () => {
    simulator = await startBigipSimulator();
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
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
});
