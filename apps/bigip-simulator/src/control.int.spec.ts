import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '#testing/wait-for';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, list, valueAt } from './testing/client.spec.js';
import { adc, egressTenant } from './testing/declarations.spec.js';
import { ManualClock } from './testing/manual-clock.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const info = '/mgmt/shared/appsvcs/info';

describe('the control endpoints', () => {
  let simulator: BigipSimulator;
  let client: Client;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    simulator = await startBigipSimulator({ clock });
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
  });

  it('want credentials, too', async () => {
    expect((await clientOf(simulator, { credentials: 'admin:wrong' }).get('/simulator/counters')).status).toBe(401);
  });

  it('evaluate a packet', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    const packet = { source: '10.1.2.3', destination: '1.2.3.4', port: 443, protocol: 'tcp' };
    const allowed = await client.post('/simulator/evaluate', packet);
    const denied = await client.post('/simulator/evaluate', { ...packet, port: 80 });
    expect(allowed.body).toMatchObject({ action: 'accept', reaches: true, decidedBy: { rule: 'allow' } });
    expect(denied.body).toMatchObject({ action: 'drop', reaches: false, decidedBy: { rule: 'deny_all_rule' } });
    expect((await client.post('/simulator/evaluate', { ...packet, source: 'nobody' })).status).toBe(400);
    expect((await client.post('/simulator/evaluate', { source: '10.1.2.3' })).status).toBe(422);
  });

  it('show the device, the requests and the counters', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    const device = await client.get('/simulator/device');
    expect(list(valueAt(device.body, 'objects')).map((object) => object['fullPath'])).toContain('/T1/Shared/policy');
    const requests = await client.get('/simulator/requests');
    expect(list(valueAt(requests.body, 'items')).map(({ method, path }) => [method, path])).toEqual([
      ['POST', declarePath],
    ]);
    expect((await client.get('/simulator/counters')).body).toEqual({ declares: 1, dryRuns: 0, busyRejections: 0 });
    await client.delete('/simulator/requests');
    expect(simulator.requests).toEqual([]);
  });

  it('change the device by hand', async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    const changed = { kind: 'address-list', path: '/T1/Shared/sources', addresses: ['10.6.6.6'] };
    expect((await client.put('/simulator/device', changed)).status).toBe(200);
    const dry = await client.post(`${declarePath}?controls.dryRun=true`, adc({ T1: egressTenant('T1') }));
    expect(at(dry.body, 'results', 0)['message']).toBe('success');
    const used = { component: 'security firewall address-list', path: '/T1/Shared/sources' };
    expect((await client.delete('/simulator/device', used)).status).toBe(400);
  });

  it.each([
    { kind: 'status', status: 500, method: 'GET', path: info },
    { kind: 'slow', milliseconds: 1, path: info },
  ])('set the fault $kind', async (fault) => {
    expect((await client.post('/simulator/faults', fault)).status).toBe(200);
    const answer = client.get(info);
    if (fault.kind === 'slow') {
      await waitFor(() => {
        expect(clock.sleeping).toBe(1);
      });
      clock.advance(1);
    }
    expect((await answer).status).toBe(fault.kind === 'status' ? 500 : 200);
  });

  it('break the connection of the next request', async () => {
    for (const kind of ['cut-short', 'lose-answer']) {
      await client.post('/simulator/faults', { kind });
      await expect(client.get(info)).rejects.toThrow();
    }
  });

  it('make tenants and objects fail, switch known issues on, and clear all of it', async () => {
    const faults = [
      { kind: 'fail-tenant', tenant: 'T1', message: '01070000:3: no' },
      { kind: 'refuse-objects', pattern: 'T2.*sources' },
      { kind: 'known-issue', issue: '#557' },
    ];
    for (const fault of faults) await client.post('/simulator/faults', fault);
    const both = adc({ T1: egressTenant('T1'), T2: egressTenant('T2') });
    expect((await client.post(declarePath, both)).status).toBe(422);
    expect(simulator.faults.knownIssues.has('#557')).toBe(true);
    await client.delete('/simulator/faults');
    expect((await client.post(declarePath, both)).status).toBe(200);
  });

  it('keep AS3 busy', async () => {
    await client.post('/simulator/faults', { kind: 'busy', milliseconds: 1_000 });
    expect((await client.post(declarePath, adc({ T1: egressTenant('T1') }))).status).toBe(503);
  });

  it.each(['refuse', 'reset', 'broken-tls'])('begin the outage %s, which ends by itself', async (kind) => {
    expect((await client.post('/simulator/faults', { kind, milliseconds: 1_000 })).status).toBe(200);
    await waitFor(() => {
      expect(clock.sleeping).toBe(1);
    });
    await expect(client.get(info)).rejects.toThrow();
    clock.advance(1_000);
    await waitFor(async () => {
      expect((await client.get(info)).status).toBe(200);
    });
  });

  it('reboot', async () => {
    await client.post(`${declarePath}?async=true`, {
      class: 'AS3',
      persist: false,
      declaration: adc({ T1: egressTenant('T1') }),
    });
    expect((await client.post('/simulator/reboot', {})).status).toBe(200);
    await waitFor(() => {
      expect(simulator.device.state.partitions.has('T1')).toBe(false);
    });
  });

  it('play the fail-over of a pair', async () => {
    expect((await client.post('/simulator/failover', { state: 'STANDBY' })).status).toBe(200);
    const { body } = await client.get('/mgmt/tm/cm/failover-status');
    expect(JSON.stringify(body)).toContain('STANDBY');
    expect((await client.post('/simulator/failover', { state: 'FLOATING' })).status).toBe(422);
  });

  it('take and restore archives', async () => {
    expect((await client.post('/simulator/archives/empty', {})).status).toBe(200);
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
    expect((await client.post('/simulator/archives/empty/restore', { declarations: false })).status).toBe(200);
    expect(simulator.device.state.partitions.has('T1')).toBe(false);
    expect((await client.get(`${declarePath}/T1`)).status).toBe(200);
    expect((await client.post('/simulator/archives/none/restore', {})).status).toBe(404);
  });

  it('say what is wrong with a request', async () => {
    const { status, body } = await client.post('/simulator/faults', { kind: 'earthquake' });
    expect([status, at(body)['message']]).toEqual([422, expect.stringMatching(/kind/)]);
    expect((await client.get('/simulator/nothing')).status).toBe(404);
  });
});
