import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '#testing/wait-for';
import { addressList } from './device/objects.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, textAt } from './testing/client.spec.js';
import { adc, egressTenant, policy, rule, tenant } from './testing/declarations.spec.js';
import { ManualClock } from './testing/manual-clock.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const globalRules = '/mgmt/tm/security/firewall/global-rules';

describe('reboots and archives', () => {
  let simulator: BigipSimulator;
  let client: Client;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    simulator = await startBigipSimulator({ clock, latency: { perTenant: 100 } });
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
  });

  const declare = (source: string, persist = true) =>
    clock.until(
      client.post(declarePath, {
        class: 'AS3',
        persist,
        declaration: adc({ T1: egressTenant('T1', { source: [source] }) }),
      }),
      50,
    );
  const allows = (source: string): boolean =>
    simulator.evaluate({ source, destination: '1.2.3.4', port: 443, protocol: 'tcp' }).action === 'accept';

  it('loses iControl changes that were not saved, and keeps those that were', async () => {
    await clock.until(client.post(declarePath, adc({ Common: tenant({ p: policy(rule('r', 'drop')) }) })), 50);
    await client.patch(globalRules, { enforcedPolicy: '/Common/Shared/p' });
    await simulator.reboot();
    expect(at((await client.get(globalRules)).body)['enforcedPolicy']).toBeUndefined();
    await client.patch(globalRules, { enforcedPolicy: '/Common/Shared/p' });
    await client.post('/mgmt/tm/sys/config', { command: 'save' });
    await simulator.reboot();
    expect(at((await client.get(globalRules)).body)['enforcedPolicy']).toBe('/Common/Shared/p');
  });

  it('keeps what AS3 declared with persist, and loses the rest with its stored declaration', async () => {
    await declare('10.0.0.1');
    await declare('10.0.0.2', false);
    expect([allows('10.0.0.1'), allows('10.0.0.2')]).toEqual([false, true]);
    await simulator.reboot();
    expect([allows('10.0.0.1'), allows('10.0.0.2')]).toEqual([true, false]);
    expect(JSON.stringify((await client.get(declarePath)).body)).toContain('10.0.0.1');
  });

  it('in the middle of a task: the task is gone, and what it was doing too', async () => {
    const reply = await client.post(`${declarePath}?async=true`, adc({ T1: egressTenant('T1') }));
    await waitFor(() => {
      expect(clock.sleeping).toBe(1);
    });
    await simulator.reboot();
    expect((await client.get(`/mgmt/shared/appsvcs/task/${textAt(reply.body, 'id')}`)).status).toBe(404);
    expect(simulator.device.state.partitions.has('T1')).toBe(false);
    expect((await declare('10.0.0.1')).status).toBe(200);
  });

  it('right after the last transaction: AS3 stores nothing of it either', async () => {
    await declare('10.0.0.1');
    let reboots = 0;
    simulator.onDeviceState((_, { phase }) => {
      if (phase !== 'transaction' || reboots > 0) return;
      reboots += 1;
      queueMicrotask(() => void simulator.reboot());
    });
    const answer = await declare('10.0.0.2').catch(() => null);
    expect([answer?.status, reboots]).not.toContain([200, 0]);
    expect([allows('10.0.0.1'), allows('10.0.0.2')]).toEqual([true, false]);
    expect(JSON.stringify((await client.get(declarePath)).body)).toContain('10.0.0.1');
  });

  it('cannot be reached while it is down', async () => {
    await simulator.reboot(60_000);
    await expect(client.get(declarePath)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    clock.advance(60_000);
    await waitFor(async () => {
      expect((await client.get(declarePath)).status).toBe(204);
    });
  });

  it('tokens do not outlive a reboot', async () => {
    const login = await client.send('POST', '/mgmt/shared/authn/login', { username: 'admin', password: 'admin' }, {});
    const headers = { 'x-f5-auth-token': textAt(login.body, 'token', 'token') };
    expect((await client.send('GET', globalRules, undefined, headers)).status).toBe(200);
    await simulator.reboot();
    expect((await client.send('GET', globalRules, undefined, headers)).status).toBe(401);
  });

  it('tokens live for twenty minutes', async () => {
    const login = await client.send('POST', '/mgmt/shared/authn/login', { username: 'admin', password: 'admin' }, {});
    const headers = { 'x-f5-auth-token': textAt(login.body, 'token', 'token') };
    clock.advance(20 * 60_000);
    expect((await client.send('GET', globalRules, undefined, headers)).status).toBe(401);
  });

  describe('an older archive', () => {
    it('sets back the device and what AS3 stored', async () => {
      await declare('10.0.0.1');
      const archive = simulator.takeArchive();
      await declare('10.0.0.2');
      simulator.restoreArchive(archive);
      expect([allows('10.0.0.1'), allows('10.0.0.2')]).toEqual([true, false]);
      expect(JSON.stringify((await client.get(declarePath)).body)).toContain('10.0.0.1');
    });

    it('of the device alone is invisible to GET and found by a dry run', async () => {
      await declare('10.0.0.1');
      const archive = simulator.takeArchive();
      await declare('10.0.0.2');
      simulator.restoreArchive(archive, { declarations: false });
      expect(JSON.stringify((await client.get(declarePath)).body)).toContain('10.0.0.2');
      const applied = adc({ T1: egressTenant('T1', { source: ['10.0.0.2'] }) });
      const dry = await clock.until(client.post(`${declarePath}?controls.dryRun=true`, applied), 50);
      expect(at(dry.body, 'results', 0)['message']).toBe('success');
    });

    it('outlives a reboot', async () => {
      await declare('10.0.0.1');
      const archive = simulator.takeArchive();
      await declare('10.0.0.2');
      simulator.restoreArchive(archive);
      await simulator.reboot();
      expect(allows('10.0.0.1')).toBe(true);
    });
  });

  it('tells listeners what changed the device', async () => {
    const seen: string[] = [];
    const end = simulator.onDeviceState((_state, { by, phase }) => seen.push(`${by} ${phase}`));
    simulator.device.put(addressList({ path: '/Common/a', addresses: ['10.0.0.1'] }));
    await simulator.reboot();
    end();
    simulator.device.put(addressList({ path: '/Common/b', addresses: ['10.0.0.1'] }));
    expect(seen).toEqual(['hand outside', 'reboot outside']);
  });
});
