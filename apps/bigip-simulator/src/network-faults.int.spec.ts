import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitFor } from '#testing/wait-for';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf } from './testing/client.spec.js';
import { adc, egressTenant } from './testing/declarations.spec.js';
import { ManualClock } from './testing/manual-clock.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const info = '/mgmt/shared/appsvcs/info';

describe('faults between the caller and AS3', () => {
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

  it.each([
    ['refuse', 'ECONNREFUSED'],
    ['reset', 'ECONNRESET'],
    ['broken-tls', expect.stringMatching(/^(EPROTO|ERR_SSL_|ECONNRESET)/)],
  ] as const)('%s: fails every connection until it ends', async (kind, code) => {
    const { url } = simulator;
    const outage = await simulator.outage(kind);
    await expect(client.get(info)).rejects.toMatchObject({ code });
    await outage.end();
    expect(simulator.url).toBe(url);
    expect((await client.get(info)).status).toBe(200);
  });

  it('black-hole: takes connections and never answers, not even those that stood before', async () => {
    const standing = clientOf(simulator, { keepAlive: true });
    expect((await standing.get(info)).status).toBe(200);
    const outage = await simulator.outage('black-hole');
    const socket = connect({ port: Number(new URL(simulator.url).port), host: '127.0.0.1' });
    const answered = vi.fn();
    socket.on('data', answered).on('error', () => undefined);
    await once(socket, 'connect');
    const waiting = expect(standing.get(info)).rejects.toThrow();
    await outage.end();
    await Promise.all([waiting, once(socket, 'close')]);
    expect(answered).not.toHaveBeenCalled();
    expect((await client.get(info)).status).toBe(200);
  });

  it('an outage ends by itself after its time', async () => {
    await simulator.outage('refuse', 5_000);
    await expect(client.get(info)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    clock.advance(5_000);
    await waitFor(async () => {
      expect((await client.get(info)).status).toBe(200);
    });
  });

  it('answers a number of requests with a status, and then as before', async () => {
    simulator.faults.strikeRequests({ effect: { kind: 'status', status: 500, body: { code: 500 } }, times: 2 });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await client.get(info)).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  it('strikes the requests that match only', async () => {
    simulator.faults.strikeRequests({ method: 'POST', path: declarePath, effect: { kind: 'status', status: 503 } });
    expect((await client.get(info)).status).toBe(200);
    expect((await client.post(declarePath, adc({ T1: egressTenant('T1') }))).status).toBe(503);
    expect(simulator.device.state.partitions.has('T1')).toBe(false);
  });

  it('cuts an answer short', async () => {
    simulator.faults.strikeRequests({ effect: { kind: 'cut-short' } });
    await expect(client.get(info)).rejects.toThrow();
    expect((await client.get(info)).status).toBe(200);
  });

  it('answers later', async () => {
    simulator.faults.strikeRequests({ effect: { kind: 'slow', milliseconds: 8_000 } });
    const answer = client.get(info);
    await waitFor(() => {
      expect(clock.sleeping).toBe(1);
    });
    clock.advance(8_000);
    expect((await answer).status).toBe(200);
  });

  it('loses the answer of a declare, and AS3 goes on', async () => {
    simulator.faults.strikeRequests({ method: 'POST', effect: { kind: 'lose-answer' } });
    await expect(client.post(declarePath, adc({ T1: egressTenant('T1') }))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect((await client.get(`${declarePath}/T1`)).status).toBe(200);
    expect(simulator.counters.declares).toBe(1);
  });

  it('loses the answer of an asynchronous declare: its task can be found', async () => {
    simulator.faults.strikeRequests({ method: 'POST', effect: { kind: 'lose-answer' } });
    await expect(client.post(`${declarePath}?async=true`, adc({ T1: egressTenant('T1') }))).rejects.toThrow();
    await waitFor(async () => {
      const { body } = await client.get('/mgmt/shared/appsvcs/task');
      expect(at(body, 'items', 0, 'results', 0)).toMatchObject({ tenant: 'T1', code: 200 });
    });
  });

  it('records what it was asked, up to a thousand requests', async () => {
    await client.post(`${declarePath}/T1?async=true`, adc({ T1: egressTenant('T1') }));
    expect(simulator.requests).toMatchObject([
      { method: 'POST', path: `${declarePath}/T1`, query: { async: 'true' }, body: { class: 'ADC' } },
    ]);
    simulator.clearRequests();
    expect(simulator.requests).toEqual([]);
  });
});
