import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressList } from './device/objects.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, textAt, valueAt } from './testing/client.spec.js';
import { adc, addresses, egressTenant, policy, rule, tenant, use } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const byHand = (path: string, ...entries: string[]) => addressList({ path, addresses: entries });

describe('what AS3 finds different', () => {
  let simulator: BigipSimulator;
  let client: Client;

  beforeEach(async () => {
    simulator = await startBigipSimulator();
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
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
