import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '#core/json';
import { waitFor } from '#testing/wait-for';
import { type SimulatorOptions } from './options.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, type Reply, textAt, valueAt } from './testing/client.spec.js';
import { adc, egressTenant } from './testing/declarations.spec.js';
import { ManualClock } from './testing/manual-clock.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';
const busy = /Configuration operation in progress on device/;

describe('one declaration at a time', () => {
  let simulator: BigipSimulator;
  let client: Client;
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
  });

  afterEach(async () => {
    await simulator.close();
  });

  async function start(options: SimulatorOptions = {}): Promise<void> {
    simulator = await startBigipSimulator({ clock, latency: { perTenant: 100 }, ...options });
    client = clientOf(simulator);
  }

  const declaration = (name: string): JsonObject => adc({ [name]: egressTenant(name) });
  const post = (name: string, query = ''): Promise<Reply> => client.post(`${declarePath}${query}`, declaration(name));
  const taskOf = async (reply: Reply): Promise<JsonValue> =>
    (await client.get(`/mgmt/shared/appsvcs/task/${textAt(reply.body, 'id')}`)).body;
  const resultOf = async (reply: Reply): Promise<JsonValue | undefined> => valueAt(await taskOf(reply), 'results', 0);

  /** Until AS3 works on a tenant, which takes time that does not pass. */
  const working = (sleepers: number): Promise<void> =>
    waitFor(() => {
      expect(clock.sleeping).toBe(sleepers);
    });

  it('sends a synchronous caller away with 503 meanwhile', async () => {
    await start();
    const first = post('T1');
    await working(2);
    const second = await post('T2');
    expect(second.status).toBe(503);
    expect(at(second.body)['message']).toMatch(busy);
    expect((await clock.until(first, 50)).status).toBe(200);
    expect(simulator.counters.busyRejections).toBe(1);
  });

  it('takes an asynchronous caller on, and says 503 in its task', async () => {
    await start();
    const first = await post('T1', '?async=true');
    await working(1);
    const second = await post('T2', '?async=true');
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(await resultOf(first)).toMatchObject({ code: 0, message: 'in progress' });
    expect(await resultOf(second)).toMatchObject({ code: 503, message: expect.stringMatching(busy) });
    await waitFor(async () => {
      clock.advance(50);
      expect(await resultOf(first)).toMatchObject({ code: 200, tenant: 'T1' });
    });
    expect([...simulator.device.state.partitions.keys()]).toEqual(['Common', 'T1']);
  });

  it('answers GET while it is busy', async () => {
    await start();
    await post('T1', '?async=true');
    await working(1);
    expect((await client.get('/mgmt/shared/appsvcs/info')).status).toBe(200);
    expect((await client.get('/mgmt/tm/auth/partition')).status).toBe(200);
  });

  it('is busy with somebody else’s declaration for as long as asked', async () => {
    await start({ latency: {} });
    simulator.busyFor(60_000);
    expect((await post('T1')).status).toBe(503);
    clock.advance(60_000);
    expect((await post('T1')).status).toBe(200);
  });

  it('lets ten wait for their turn with burst handling', async () => {
    await start();
    await client.post('/mgmt/shared/appsvcs/settings', { burstHandlingEnabled: true });
    const accepted: Reply[] = [];
    for (let count = 1; count <= 12; count += 1) accepted.push(await post(`T${String(count)}`, '?async=true'));
    expect(accepted.every(({ status }) => status === 202)).toBe(true);
    const messages = await Promise.all(accepted.map(async (reply) => valueAt(await resultOf(reply), 'message')));
    const pending = Array.from({ length: 10 }, () => 'pending');
    expect(messages).toEqual(['in progress', ...pending, 'task cancelled']);
    expect(simulator.counters.busyRejections).toBe(1);
    await waitFor(() => {
      clock.advance(50);
      expect(simulator.device.state.partitions.size).toBe(12);
    });
    expect(simulator.device.state.partitions.has('T12')).toBe(false);
  });

  it('answers 202 to a synchronous caller after 45 seconds, and goes on', async () => {
    await start({ latency: { perTenant: 60_000 } });
    const first = post('T1');
    await working(2);
    clock.advance(30_000);
    await working(2);
    clock.advance(15_000);
    const reply = await first;
    expect(reply.status).toBe(202);
    expect(simulator.device.state.objects.has('security firewall policy /T1/Shared/policy')).toBe(false);
    clock.advance(15_000);
    await waitFor(async () => {
      expect(await resultOf(reply)).toMatchObject({ code: 200, message: 'success' });
    });
  });

  it('takes longer for more tenants and more objects', async () => {
    const took = async (latency: SimulatorOptions['latency'], body: JsonObject): Promise<number> => {
      clock = new ManualClock();
      await start({ clock, ...(latency ? { latency } : {}) });
      const reply = await client.post(`${declarePath}?async=true`, body);
      await waitFor(async () => {
        if (clock.sleeping > 0) clock.advance(5);
        expect(await resultOf(reply)).toMatchObject({ code: 200 });
      });
      await simulator.close();
      return clock.monotonic();
    };
    const one = await took({ perTenant: 20 }, declaration('T1'));
    const two = await took({ perTenant: 20 }, adc({ T1: egressTenant('T1'), T2: egressTenant('T2') }));
    const withObjects = await took({ perTenant: 20, perObject: 10 }, declaration('T1'));
    expect([one, two, withObjects]).toEqual([20, 40, 90]);
  });
});
