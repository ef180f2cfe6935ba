import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type BigipSimulator, startBigipSimulator } from './simulator.js';
import { at, type Client, clientOf, textAt } from './testing/client.spec.js';
import { adc, egressTenant } from './testing/declarations.spec.js';

const declarePath = '/mgmt/shared/appsvcs/declare';

describe('lock keys', () => {
  let simulator: BigipSimulator;
  let client: Client;

  beforeEach(async () => {
    simulator = await startBigipSimulator();
    client = clientOf(simulator);
  });

  afterEach(async () => {
    await simulator.close();
  });

  const keyOf = async (name: string): Promise<string> => {
    const { body } = await client.get(`${declarePath}/${name}?showHash=true`);
    return textAt(body, name, 'optimisticLockKey');
  };
  const keyed = (optimisticLockKey: string, source: string): ReturnType<typeof adc> =>
    adc({ T1: egressTenant('T1', { source: [source], more: { optimisticLockKey } }) });

  beforeEach(async () => {
    await client.post(declarePath, adc({ T1: egressTenant('T1') }));
  });

  it('let the writer pass who has read what is stored', async () => {
    const { status } = await client.post(declarePath, keyed(await keyOf('T1'), '10.0.0.9'));
    expect(status).toBe(200);
    expect(at((await client.get(declarePath)).body, 'T1')['optimisticLockKey']).toBeUndefined();
  });

  it('refuse the writer who has not, with 422, and leave the tenant alone', async () => {
    const before = simulator.device.state;
    const stale = await keyOf('T1');
    await client.post(declarePath, adc({ T1: egressTenant('T1', { source: ['10.0.0.7'] }) }));
    const { status, body } = await client.post(declarePath, keyed(stale, '10.0.0.9'));
    expect(status).toBe(422);
    expect(at(body, 'results', 0)).toMatchObject({
      code: 422,
      tenant: 'T1',
      message: expect.stringMatching(/^The hash you submitted does not match/),
    });
    expect(simulator.device.state).not.toBe(before);
    expect(JSON.stringify(simulator.declarations[0]?.declaration)).toContain('10.0.0.7');
  });

  it('do not guard a tenant that is not stored', async () => {
    const { status } = await client.post(
      declarePath,
      adc({ T2: egressTenant('T2', { more: { optimisticLockKey: 'x' } }) }),
    );
    expect(status).toBe(200);
  });

  it('are in the answer to a declare with showHash, for the next one', async () => {
    const { body } = await client.post(`${declarePath}?showHash=true`, keyed(await keyOf('T1'), '10.0.0.9'));
    expect(at(body, 'declaration', 'T1')['optimisticLockKey']).toBe(await keyOf('T1'));
  });

  it('guard a stored tenant by showHash alone: without a key only the same content passes', async () => {
    const same = await client.post(`${declarePath}?showHash=true`, adc({ T1: egressTenant('T1') }));
    const other = await client.post(
      `${declarePath}?showHash=true`,
      adc({ T1: egressTenant('T1', { source: ['10.9.9.9'] }) }),
    );
    expect([same.status, other.status]).toEqual([200, 422]);
  });
});
