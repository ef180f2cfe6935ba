import { afterEach, describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '#core/json';
import { waitFor } from '#testing/wait-for';
import { iRule } from './device/objects.js';
import { type SimulatorOptions } from './options.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, textAt, valueAt } from './testing/client.spec.js';
import { adc, addresses, egressTenant, policy, rule, ruleList, tenant, use } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';

describe('what is refused, and by whom', () => {
  let simulator: BigipSimulator;
  let client: Client;

  afterEach(async () => {
    await simulator.close();
  });

  async function start(options: SimulatorOptions = {}): Promise<void> {
    simulator = await startBigipSimulator(options);
    client = clientOf(simulator);
  }

  const post = (items: JsonObject, query = '') => client.post(`${declarePath}${query}`, adc({ T1: tenant(items) }));
  const responseOf = (body: JsonValue): string => textAt(body, 'results', 0, 'response');
  const triggering = (path: string): JsonObject => policy({ ...rule('r', 'accept'), iRule: { bigip: path } });

  describe('by AS3, before it begins', () => {
    it('a declaration against the schema: one error, with a JSON pointer', async () => {
      await start();
      const { status, body } = await post({ a: { class: 'Firewall_Address_List', addresses: [] } });
      expect(status).toBe(422);
      expect(body).toMatchObject({
        code: 422,
        message: 'declaration is invalid',
        errors: ['/T1/Shared/a/addresses: must NOT have fewer than 1 items'],
        tenant: ['T1'],
      });
    });

    it.each([
      ['/T1/Shared/nothing', /non-existent object nothing/],
      ['/T2/Shared/x', /outside of its application/],
      ['/T1/Other/x', /outside of its application/],
      ['/Common/Shared/x', /non-existent object Common/],
    ])('a pointer to %s', async (path, message) => {
      await start();
      const { status, body } = await post({ p: policy(rule('r', 'drop', { source: path })) });
      expect(status).toBe(422);
      expect(at(body)['message']).toBe('declaration is invalid');
      expect(textAt(body, 'errors', 0)).toMatch(message);
      expect(textAt(body, 'errors', 0)).toMatch(/^\/T1\/Shared\/p\/rules\/0/);
    });

    it('a pointer to an item of the wrong class', async () => {
      await start();
      const { body } = await post({ p: policy(), r: policy(use('/T1/Shared/p')) });
      expect(textAt(body, 'errors', 0)).toMatch(/class Firewall_Rule_List, not Firewall_Policy/);
    });

    it('a path over 255 characters', async () => {
      await start();
      const long = 'a'.repeat(190);
      const declaration = adc({ ['t'.repeat(80)]: tenant({ [long]: addresses('10.0.0.1') }) });
      const { status, body } = await client.post(declarePath, declaration);
      expect([status, at(body)['message']]).toEqual([400, expect.stringMatching(/255 full path character limit/)]);
    });

    it('a bigip path that leads nowhere, in a dry run too', async () => {
      await start({ content: { objects: [iRule('/Common/bwc_1mbps')] } });
      const { status, body } = await post({ p: triggering('/Common/bwc_2mbps') }, '?controls.dryRun=true');
      expect([status, at(body)['message']]).toEqual([
        422,
        'Unable to find /Common/bwc_2mbps for /T1/Shared/p/rules/0/iRule',
      ]);
      expect((await post({ p: triggering('/Common/bwc_1mbps') })).status).toBe(200);
    });

    it('items by the pattern of their path, naming them or not', async () => {
      await start();
      simulator.faults.invalidateItems(/\/sources$/, 'must match pattern');
      const query = '?controls.dryRun=true';
      expect((await post({ a: addresses('10.0.0.1') }, query)).status).toBe(200);
      const { status, body } = await post({ sources: addresses('10.0.0.1') }, query);
      expect([status, at(body)['errors']]).toEqual([422, ['/T1/Shared/sources: must match pattern']]);
      simulator.faults.clear();
      simulator.faults.invalidateItems(/\/sources$/, 'must match pattern', false);
      const { body: silent } = await post({ sources: addresses('10.0.0.1') });
      expect(at(silent)['errors']).toEqual(['must match pattern']);
    });

    it('firewall classes where AFM is not provisioned', async () => {
      await start({ provisioned: [] });
      const { status, body } = await post({ a: addresses('10.0.0.1') });
      expect(status).toBe(422);
      expect(textAt(body, 'errors', 0)).toMatch(/One of these modules needs to be provisioned: afm/);
    });

    it('a body that is no JSON', async () => {
      await start();
      const { status } = await client.send('POST', declarePath);
      expect(status).toBe(400);
    });

    it('a dry run, before 3.30', async () => {
      await start({ as3Version: '3.29.0' });
      expect((await post({}, '?controls.dryRun=true')).status).toBe(400);
    });
  });

  describe('by the device, in the real declare only', () => {
    it.each([
      ['an address that is none', { a: addresses('999.1.1.1') }, /^01070.*999\.1\.1\.1/],
      ['a port that is none', { p: { class: 'Firewall_Port_List', ports: ['70000'] } }, /^01070.*70000/],
      ['a route domain that does not exist', {}, /^01070.*route domain \(7\)/],
    ])('%s', async (_title, items, message) => {
      await start();
      const declaration = adc({ T1: tenant(items, message.source.includes('route') ? { defaultRouteDomain: 7 } : {}) });
      const dry = await client.post(`${declarePath}?controls.dryRun=true`, declaration);
      const real = await client.post(declarePath, declaration);
      expect([dry.status, real.status]).toEqual([200, 422]);
      expect(at(real.body, 'results', 0)).toMatchObject({ code: 422, message: 'declaration failed' });
      expect(responseOf(real.body)).toMatch(message);
    });

    it('a missing iRule, where AS3 does not look', async () => {
      await start({ checksBigipPaths: false });
      const { status, body } = await post({ p: triggering('/Common/missing') });
      expect(status).toBe(422);
      expect(responseOf(body)).toMatch(/^01070712.*ltm rule \(\/Common\/missing\) was not found/);
    });

    it('the deletion of a policy that something outside of the tenant enforces', async () => {
      await start();
      const enforced = adc({ Common: tenant({ p: policy(rule('r', 'drop')) }) });
      await client.post(declarePath, enforced);
      simulator.device.enforceGlobally({ enforcedPolicy: '/Common/Shared/p' });
      const { status, body } = await client.delete(`${declarePath}/Common`);
      expect(status).toBe(207);
      expect(at(body, 'results', 1)['response']).toMatch(/^01070265.*in use by security firewall global-rules/);
      expect(simulator.evaluate({ source: '10.0.0.1', destination: '1.1.1.1', protocol: 'tcp' }).action).toBe('drop');
    });

    it('objects by the pattern of their path, in words of one’s own', async () => {
      await start();
      simulator.faults.refuseObjects(/\/sources$/, '01070999:3: not today');
      const { body } = await client.post(
        declarePath,
        adc({ T1: egressTenant('T1'), T2: tenant({ a: addresses('10.0.0.1') }) }),
      );
      expect(list(valueAt(body, 'results')).map(({ code }) => code)).toEqual([422, 200]);
      expect(responseOf(body)).toBe('01070999:3: not today (security firewall address-list /T1/Shared/sources)');
      simulator.faults.clear();
      simulator.faults.refuseObjects(/\/sources$/, '01070999:3: not today', false);
      const { body: silent } = await client.post(declarePath, adc({ T1: egressTenant('T1') }));
      expect(responseOf(silent)).toBe('01070999:3: not today');
    });
  });

  describe('open faults of AS3, switched on', () => {
    it('#893: three rule lists in /Common/Shared make later calls fail', async () => {
      await start();
      const lists = (...names: string[]): JsonObject =>
        adc({ Common: tenant(Object.fromEntries(names.map((name) => [name, ruleList(rule('r', 'drop'))]))) });
      simulator.faults.knownIssues.add('#893');
      expect((await client.post(declarePath, lists('a', 'b'))).status).toBe(200);
      expect((await client.post(declarePath, lists('a', 'b', 'c'))).status).toBe(200);
      expect((await client.post(declarePath, lists('a'))).status).toBe(422);
      expect((await client.post(declarePath, adc({ T1: egressTenant('T1') }))).status).toBe(422);
      expect((await client.delete(`${declarePath}/Common`)).status).toBe(422);
    });

    it('#557: an address list in /Common/Shared "already exists"', async () => {
      await start();
      simulator.faults.knownIssues.add('#557');
      const { status, body } = await client.post(declarePath, adc({ Common: tenant({ a: addresses('10.0.0.1') }) }));
      expect(status).toBe(422);
      expect(responseOf(body)).toMatch(/already exists/);
    });

    it('#886: deleting an iRule together with the policy that triggers it', async () => {
      await start();
      simulator.faults.knownIssues.add('#886');
      const irule = { class: 'iRule', iRule: 'when FLOW_INIT {}' };
      const p = policy({ ...rule('r', 'accept'), iRule: use('/T1/Shared/irule') });
      await post({ irule, p });
      expect((await client.delete(`${declarePath}/T1`)).status).toBe(422);
      simulator.faults.clear();
      expect((await client.delete(`${declarePath}/T1`)).status).toBe(200);
    });

    it('#599: a wrong lock key is refused, and the change made nevertheless', async () => {
      await start();
      simulator.faults.knownIssues.add('#599');
      await client.post(declarePath, adc({ T1: egressTenant('T1') }));
      const other = adc({ T1: egressTenant('T1', { source: ['10.9.9.9'], more: { optimisticLockKey: 'wrong' } }) });
      expect((await client.post(declarePath, other)).status).toBe(422);
      expect(
        simulator.evaluate({ source: '10.9.9.9', destination: '1.2.3.4', port: 443, protocol: 'tcp' }).action,
      ).toBe('accept');
    });

    it('#780: a large declaration ends in an asynchronous 500, although it was applied', async () => {
      await start({ largeDeclaration: 500 });
      simulator.faults.knownIssues.add('#780');
      const reply = await client.post(`${declarePath}?async=true`, adc({ T1: egressTenant('T1') }));
      await waitFor(async () => {
        const task = await client.get(`/mgmt/shared/appsvcs/task/${textAt(reply.body, 'id')}`);
        expect(at(task.body, 'results', 0)['code']).toBe(500);
      });
      expect(simulator.device.state.partitions.has('T1')).toBe(true);
    });

    it('#906: from 3.49 on a route domain in the partition fails where AFM is not provisioned', async () => {
      const content = { partitions: [{ name: 'T1' }], routeDomains: [{ path: '/T1/2', id: 2 }] };
      const pool = { class: 'Pool', members: [{ servicePort: 0, serverAddresses: ['10.0.0.1'] }] };
      await start({ provisioned: [], content });
      const { body } = await post({ pool });
      expect(responseOf(body)).toMatch(/^01070.*AFM/);
      await simulator.close();
      await start({ provisioned: [], content, as3Version: '3.48.0' });
      expect((await post({ pool })).status).toBe(200);
    });
  });

  it('metadata over 64 KB: the device is changed, AS3 does not store it, and a setting lifts the limit', async () => {
    await start();
    const large = adc({ T1: egressTenant('T1') }, { constants: { class: 'Constants', notes: 'x'.repeat(70_000) } });
    const { status, body } = await client.post(declarePath, large);
    expect([status, at(body)['message']]).toEqual([422, expect.stringMatching(/^01070712.*max:65520/)]);
    expect(simulator.device.state.partitions.has('T1')).toBe(true);
    expect((await client.get(declarePath)).status).toBe(204);
    await client.post('/mgmt/shared/appsvcs/settings', { encodeDeclarationMetadata: true });
    expect((await client.post(declarePath, large)).status).toBe(200);
  });
});
