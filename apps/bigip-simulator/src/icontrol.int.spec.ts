import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressList, otherObject, policy as policyObject } from './device/objects.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, valueAt } from './testing/client.spec.js';
import { adc, egressTenant, policy, rule, ruleList, tenant, use } from './testing/declarations.spec.js';

const firewall = '/mgmt/tm/security/firewall';

describe('iControl REST', () => {
  let simulator: BigipSimulator;
  let client: Client;

  beforeEach(async () => {
    simulator = await startBigipSimulator({
      deviceGroups: ['/Common/pair'],
      content: {
        partitions: [{ name: 'T2', defaultRouteDomain: 2 }],
        routeDomains: [{ path: '/T2/rd2', id: 2 }],
        objects: [otherObject({ component: 'net vlan', path: '/T2/vlan' })],
      },
    });
    client = clientOf(simulator);
    const declared = {
      T1: egressTenant('T1'),
      Common: tenant({ p: policy(use('/Common/Shared/l')), l: ruleList(rule('r', 'drop')) }),
    };
    await client.post('/mgmt/shared/appsvcs/declare', adc(declared));
  });

  afterEach(async () => {
    await simulator.close();
  });

  it('shows a policy with its rules in place', async () => {
    const { body } = await client.get(`${firewall}/policy/~T1~Shared~policy?expandSubcollections=true`);
    expect(body).toMatchObject({
      kind: 'tm:security:firewall:policy:policystate',
      name: 'policy',
      partition: 'T1',
      subPath: 'Shared',
      fullPath: '/T1/Shared/policy',
    });
    expect(list(valueAt(body, 'rulesReference', 'items'))).toMatchObject([
      {
        name: 'allow',
        action: 'accept',
        ipProtocol: 'tcp',
        source: { addressLists: ['/T1/Shared/sources'] },
        destination: { addressLists: ['/T1/Shared/destinations'], portLists: ['/T1/Shared/https'] },
      },
      { name: 'deny_all_rule', action: 'drop', source: {}, destination: {} },
    ]);
  });

  it('shows a link to the rules otherwise, and the rules behind it', async () => {
    const { body } = await client.get(`${firewall}/policy/~Common~Shared~p`);
    expect(at(body, 'rulesReference')).toMatchObject({ isSubcollection: true });
    expect(valueAt(body, 'rulesReference', 'items')).toBeUndefined();
    const rules = await client.get(`${firewall}/policy/~Common~Shared~p/rules`);
    expect(list(valueAt(rules.body, 'items'))).toMatchObject([{ name: 'l', ruleList: '/Common/Shared/l' }]);
  });

  it('shows lists', async () => {
    const addresses = await client.get(`${firewall}/address-list/~T1~Shared~sources`);
    const ports = await client.get(`${firewall}/port-list/~T1~Shared~https`);
    const rules = await client.get(`${firewall}/rule-list/~Common~Shared~l?expandSubcollections=true`);
    expect(valueAt(addresses.body, 'addresses')).toEqual([{ name: '10.1.2.3' }]);
    expect(valueAt(ports.body, 'ports')).toEqual([{ name: '443' }]);
    expect(list(valueAt(rules.body, 'rulesReference', 'items'))).toMatchObject([{ name: 'r', action: 'drop' }]);
  });

  it('answers 404 for what is not there', async () => {
    const { status, body } = await client.get(`${firewall}/policy/~T1~Shared~none`);
    expect([status, at(body)['message']]).toEqual([404, expect.stringMatching(/^01020036:3: The requested/)]);
    expect((await client.get('/mgmt/tm/auth/partition/T9')).status).toBe(404);
    expect((await client.get('/mgmt/tm/nothing/at/all')).status).toBe(404);
  });

  it('lists what is in a partition', async () => {
    const of = async (collection: string, partition: string): Promise<unknown> => {
      const { body } = await client.get(
        `/mgmt/tm/${collection}?$filter=partition+eq+${partition}&$select=name,fullPath`,
      );
      return list(valueAt(body, 'items'));
    };
    expect(await of('security/firewall/policy', 'T1')).toEqual([{ name: 'policy', fullPath: '/T1/Shared/policy' }]);
    expect(await of('ltm/virtual', 'T1')).toEqual([{ name: 'outbound', fullPath: '/T1/Shared/outbound' }]);
    expect(await of('ltm/virtual', 'T2')).toEqual([]);
    expect(await of('net/vlan', 'T2')).toEqual([{ name: 'vlan', fullPath: '/T2/vlan' }]);
    expect(await of('net/route-domain', 'T2')).toEqual([{ name: 'rd2', fullPath: '/T2/rd2' }]);
  });

  it('lists partitions and folders', async () => {
    const partitions = await client.get('/mgmt/tm/auth/partition');
    expect(list(valueAt(partitions.body, 'items')).map((item) => [item['name'], item['defaultRouteDomain']])).toEqual([
      ['Common', 0],
      ['T2', 2],
      ['T1', 0],
    ]);
    const folders = await client.get('/mgmt/tm/sys/folder');
    expect(list(valueAt(folders.body, 'items')).map((item) => item['fullPath'])).toEqual(
      expect.arrayContaining(['/', '/Common', '/T1', '/T1/Shared']),
    );
  });

  it('enforces a policy globally, and takes it away', async () => {
    const enforced = await client.patch(`${firewall}/global-rules`, { enforcedPolicy: '/Common/Shared/p' });
    expect(enforced.body).toMatchObject({ enforcedPolicy: '/Common/Shared/p' });
    expect(simulator.device.state.globalRules.enforcedPolicy).toBe('/Common/Shared/p');
    const staged = await client.patch(`${firewall}/global-rules`, {
      enforcedPolicy: '',
      stagedPolicy: '/Common/Shared/p',
    });
    expect(at(staged.body)['enforcedPolicy']).toBeUndefined();
    expect(simulator.device.state.globalRules).toEqual({ enforcedPolicy: null, stagedPolicy: '/Common/Shared/p' });
  });

  it('enforces nothing that does not exist', async () => {
    const { status, body } = await client.patch(`${firewall}/global-rules`, { enforcedPolicy: '/Common/Shared/none' });
    expect([status, at(body)['message']]).toEqual([400, expect.stringMatching(/^01070.*not found/)]);
  });

  it('enforces a policy on a route domain', async () => {
    simulator.device.put(policyObject({ path: '/T2/p' }));
    const path = '/mgmt/tm/net/route-domain/~T2~rd2';
    const { body } = await client.patch(path, { fwEnforcedPolicy: '/T2/p' });
    expect(body).toMatchObject({ name: 'rd2', id: 2, fwEnforcedPolicy: '/T2/p' });
    expect(at((await client.get(path)).body)['fwEnforcedPolicy']).toBe('/T2/p');
    expect((await client.patch('/mgmt/tm/net/route-domain/~T2~none', {})).status).toBe(404);
  });

  it('does not reach into another partition', async () => {
    const { status, body } = await client.patch('/mgmt/tm/net/route-domain/~T2~rd2', {
      fwEnforcedPolicy: '/T1/Shared/policy',
    });
    expect([status, at(body)['message']]).toEqual([400, expect.stringMatching(/^01070726.*cannot reference/)]);
  });

  it('says which unit of a pair it is', async () => {
    const status = async (): Promise<unknown> => {
      const { body } = await client.get('/mgmt/tm/cm/failover-status');
      const entry = at(
        body,
        'entries',
        'https://localhost/mgmt/tm/cm/failover-status/0',
        'nestedStats',
        'entries',
        'status',
      );
      return entry['description'];
    };
    expect(await status()).toBe('ACTIVE');
    simulator.setFailover('STANDBY');
    expect(await status()).toBe('STANDBY');
  });

  it('synchronises to a device group that there is', async () => {
    const sync = (group: string) =>
      client.post('/mgmt/tm/cm', { command: 'run', utilCmdArgs: `config-sync to-group ${group}` });
    expect((await sync('/Common/pair')).status).toBe(200);
    expect((await sync('/Common/none')).status).toBe(404);
    expect(simulator.syncs).toEqual(['/Common/pair']);
  });

  it('shows provisioned modules and iRules', async () => {
    const { body } = await client.get('/mgmt/tm/sys/provision');
    expect(list(valueAt(body, 'items')).find(({ name }) => name === 'afm')).toMatchObject({ level: 'nominal' });
    const rules = await client.get('/mgmt/tm/ltm/rule?$filter=partition+eq+Common');
    expect(list(valueAt(rules.body, 'items')).map(({ name }) => name)).toContain('_sys_https_redirect');
  });

  it('refuses by hand what it refuses from anybody', () => {
    expect(() => {
      simulator.device.put(addressList({ path: '/T1/Shared/a', addresses: ['10.0.0.300'] }));
    }).toThrow(/^01070734.*10\.0\.0\.300/);
    expect(() => {
      simulator.device.remove('security firewall address-list', '/T1/Shared/sources');
    }).toThrow(/^01070265.*cannot be deleted because it is in use/);
  });
});
