import { afterEach, describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { type SimulatorOptions } from './options.js';
import { type Packet } from './packet/evaluate.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf } from './testing/client.spec.js';
import {
  adc,
  addresses,
  egressTenant,
  policy,
  rule,
  ruleList,
  service,
  tenant,
  use,
} from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';

describe('the three ways in which AS3 opens the firewall by itself', () => {
  let simulator: BigipSimulator | undefined;

  afterEach(async () => {
    await simulator?.close();
  });

  async function start(options: SimulatorOptions = {}): Promise<{ simulator: BigipSimulator; client: Client }> {
    simulator = await startBigipSimulator(options);
    return { simulator, client: clientOf(simulator) };
  }

  /** What the packet experiences after each step of what follows: the phase, and whether it gets through. */
  function watch(watched: BigipSimulator, packet: Packet): string[] {
    const seen: string[] = [];
    watched.onDeviceState((state, { phase, tenant: name }) => {
      seen.push(`${name ?? ''} ${phase}: ${watched.evaluate(packet, state).action}`);
    });
    return seen;
  }

  const stranger: Packet = { source: '10.66.6.6', destination: '9.9.9.9', port: 22, protocol: 'tcp' };

  describe('deleting a rule list', () => {
    const lists = { sources: addresses('10.1.2.3'), destinations: addresses('1.2.3.4') };
    const allow = ruleList(
      rule('allow', 'accept', { source: '/T1/Shared/sources', destination: '/T1/Shared/destinations' }),
    );
    const denyAll = ruleList(rule('deny', 'drop'));
    const withList = adc({
      T1: tenant({
        ...lists,
        allow,
        deny: denyAll,
        policy: policy(use('/T1/Shared/allow'), use('/T1/Shared/deny')),
        vs: service('/T1/Shared/policy'),
      }),
    });
    const withoutList = adc({
      T1: tenant({ ...lists, deny: denyAll, policy: policy(use('/T1/Shared/deny')), vs: service('/T1/Shared/policy') }),
    });
    const unreferenced = adc({
      T1: tenant({
        ...lists,
        allow,
        deny: denyAll,
        policy: policy(use('/T1/Shared/deny')),
        vs: service('/T1/Shared/policy'),
      }),
    });

    it('lets everything through until the transaction commits, when a policy still refers to it', async () => {
      const { simulator: device, client } = await start();
      await client.post(declarePath, withList);
      expect(device.evaluate(stranger).action).toBe('drop');
      const seen = watch(device, stranger);
      await client.post(declarePath, withoutList);
      expect(seen).toEqual(['T1 before: accept', 'T1 transaction: drop']);
    });

    it('opens nothing when the list left its policies in an earlier declaration', async () => {
      const { simulator: device, client } = await start();
      await client.post(declarePath, withList);
      const seen = watch(device, stranger);
      await client.post(declarePath, unreferenced);
      await client.post(declarePath, withoutList);
      expect(seen).toEqual(['T1 transaction: drop', 'T1 before: drop', 'T1 transaction: drop']);
    });

    it('restores the list when the device refuses the transaction', async () => {
      const { simulator: device, client } = await start();
      await client.post(declarePath, withList);
      const before = device.device.state;
      device.faults.failTenant('T1', { message: '01070734:3: Configuration error: refused' });
      const seen = watch(device, stranger);
      const { body } = await client.post(declarePath, withoutList);
      expect(at(body, 'results', 0)['response']).toBe('01070734:3: Configuration error: refused');
      expect(seen).toEqual(['T1 before: accept', 'T1 rollback: drop']);
      expect(device.device.state.objects).toEqual(before.objects);
    });

    it('leaves addresses alone that stand in the rules themselves', async () => {
      const { simulator: device, client } = await start();
      const inline = ruleList({
        ...rule('allow', 'accept'),
        source: { addresses: ['10.1.2.3'] },
        destination: { addresses: ['1.2.3.4'] },
      });
      const declared = (items: JsonObject, ...rules: JsonObject[]): JsonObject =>
        adc({
          T1: tenant({ ...items, policy: policy(...rules, rule('deny', 'drop')), vs: service('/T1/Shared/policy') }),
        });
      await client.post(declarePath, declared({ allow: inline }, use('/T1/Shared/allow')));
      const seen = watch(device, stranger);
      await client.post(declarePath, declared({}));
      expect(seen).toEqual(['T1 before: drop', 'T1 transaction: drop']);
    });

    it('leaves Common open through both passes and all tenants between, and for good when the second one fails', async () => {
      const { simulator: device, client } = await start();
      const common = (...rules: JsonObject[]): JsonObject =>
        tenant({
          sources: addresses('10.1.2.3'),
          ...(rules.length > 1
            ? { allow: ruleList(rule('allow', 'accept-decisively', { source: '/Common/Shared/sources' })) }
            : {}),
          deny: denyAll,
          policy: policy(...rules),
        });
      await client.post(declarePath, adc({ Common: common(use('/Common/Shared/allow'), use('/Common/Shared/deny')) }));
      device.device.enforceGlobally({ enforcedPolicy: '/Common/Shared/policy' });
      expect(device.evaluate(stranger).action).toBe('drop');

      const seen = watch(device, stranger);
      const removal = adc({ Common: common(use('/Common/Shared/deny')), T1: egressTenant('T1') });
      device.faults.failTenant('T1', { message: '01070734:3: Configuration error: refused', times: 1 });
      await client.post(declarePath, removal);
      expect(seen.slice(0, 2)).toEqual(['Common before: accept-decisively', 'Common transaction: accept-decisively']);
      expect(seen.at(-1)).toBe('Common transaction: drop');
      expect(seen.filter((step) => step.startsWith('T1'))).not.toContain('T1 before: drop');

      await client.post(declarePath, adc({ Common: common(use('/Common/Shared/allow'), use('/Common/Shared/deny')) }));
      const secondPassFails = (): void => {
        const end = device.onDeviceState((_state, { phase }) => {
          if (phase !== 'transaction') return;
          end();
          device.faults.failTenant('Common', { message: '01070734:3: Configuration error: refused', times: 1 });
        });
      };
      secondPassFails();
      const { status } = await client.post(declarePath, adc({ Common: common(use('/Common/Shared/deny')) }));
      expect(status).toBe(207);
      expect(device.evaluate(stranger).action).toBe('accept-decisively');
    });
  });

  describe('addresses in a rule of a policy', () => {
    const inline = {
      ...rule('allow', 'accept'),
      protocol: 'tcp',
      source: { addresses: ['10.1.2.3'] },
      destination: { addresses: ['1.2.3.4'], ports: ['443'] },
    };

    it('are dropped without a word: the rule matches everything', async () => {
      const { simulator: device, client } = await start();
      const { status } = await client.post(
        declarePath,
        adc({ T1: tenant({ policy: policy(inline, rule('deny', 'drop')), vs: service('/T1/Shared/policy') }) }),
      );
      expect(status).toBe(200);
      expect(device.evaluate(stranger)).toMatchObject({ action: 'accept', decidedBy: { rule: 'allow' } });
    });

    it('arrive in a rule of a rule list', async () => {
      const { simulator: device, client } = await start();
      await client.post(
        declarePath,
        adc({
          T1: tenant({
            list: ruleList(inline),
            policy: policy(use('/T1/Shared/list'), rule('deny', 'drop')),
            vs: service('/T1/Shared/policy'),
          }),
        }),
      );
      expect(device.evaluate(stranger).action).toBe('drop');
      expect(device.evaluate({ source: '10.1.2.3', destination: '1.2.3.4', port: 443, protocol: 'tcp' }).action).toBe(
        'accept',
      );
    });
  });

  describe('route-domain enforcement', () => {
    const content = {
      partitions: [{ name: 'T1', defaultRouteDomain: 0 }],
      routeDomains: [{ path: '/T1/rd2', id: 2 }],
    };
    const declaration = (more: JsonObject = {}): JsonObject =>
      adc({ T1: egressTenant('T1', { more: { defaultRouteDomain: 2, ...more } }) });

    async function declareTwice(as3Version: string, more: JsonObject = {}): Promise<string | null> {
      const { simulator: device, client } = await start({ as3Version, content });
      await client.post(declarePath, declaration(more));
      device.device.enforceOnRouteDomain('/T1/rd2', { enforcedPolicy: '/T1/Shared/policy' });
      const { status } = await client.post(declarePath, declaration(more));
      expect(status).toBe(200);
      return device.device.state.routeDomains.get('/T1/rd2')?.enforcedPolicy ?? null;
    }

    it('stays before 3.49', async () => {
      expect(await declareTwice('3.48.0')).toBe('/T1/Shared/policy');
    });

    it.each(['3.49.0', '3.51.0', '3.56.0'])('is switched off by every declare of the tenant on %s', async (version) => {
      expect(await declareTwice(version)).toBeNull();
    });

    it('stays on 3.52 and later with useCommonRouteDomainTenant: false', async () => {
      expect(await declareTwice('3.52.0', { useCommonRouteDomainTenant: false })).toBe('/T1/Shared/policy');
    });

    it('cannot be kept on 3.51: its schema does not know useCommonRouteDomainTenant', async () => {
      const { client } = await start({ as3Version: '3.51.0', content });
      const { status, body } = await client.post(declarePath, declaration({ useCommonRouteDomainTenant: false }));
      expect(status).toBe(422);
      expect(at(body)['message']).toBe('declaration is invalid');
    });

    it('is what a packet experiences: the namespace policy is gone', async () => {
      const { simulator: device, client } = await start({ content });
      await client.post(declarePath, declaration());
      device.device.enforceOnRouteDomain('/T1/rd2', { enforcedPolicy: '/T1/Shared/policy' });
      const packet: Packet = { ...stranger, partition: 'T1' };
      expect(device.evaluate(packet).decidedBy).toMatchObject({ context: 'route-domain' });
      await client.post(declarePath, declaration());
      expect(device.evaluate(packet).decidedBy).toMatchObject({ context: 'virtual-server' });
    });

    it('can be declared from /Common/Shared from 3.49 on', async () => {
      const { simulator: device, client } = await start({ content });
      const enforcing = { ...policy(rule('deny', 'drop')), routeDomainEnforcement: [{ bigip: '/T1/rd2' }] };
      await client.post(declarePath, adc({ Common: tenant({ policy: enforcing }) }));
      expect(device.device.state.routeDomains.get('/T1/rd2')?.enforcedPolicy).toBe('/Common/Shared/policy');
      await client.post(declarePath, adc({ Common: tenant({ policy: policy(rule('deny', 'drop')) }) }));
      expect(device.device.state.routeDomains.get('/T1/rd2')?.enforcedPolicy).toBeNull();
    });
  });
});
