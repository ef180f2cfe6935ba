import { expect, it } from 'vitest';
import { DeviceFailure } from '../domain/failures.js';
import { type Answer, type Call } from './https-client.js';
import { PairClient, type Unit } from './pair-client.js';

const never = new AbortController().signal;

class FakeUnit implements Unit {
  readonly called: string[] = [];

  constructor(
    readonly name: string,
    public state: 'ACTIVE' | 'STANDBY' | 'away' | 'strange',
  ) {}

  call({ path }: Call): Promise<Answer> {
    this.called.push(path);
    if (this.state === 'away') return Promise.reject(new DeviceFailure('unreachable', this.name));
    if (path !== status) return Promise.resolve({ status: 200, body: this.name });
    const entries = this.state === 'strange' ? {} : { status: { description: this.state } };
    return Promise.resolve({ status: 200, body: { entries: { 'https://localhost/0': { nestedStats: { entries } } } } });
  }
}

const status = '/mgmt/tm/cm/failover-status';
const info: Call = { method: 'GET', path: '/info' };

it('asks a single unit nothing', async () => {
  const only = new FakeUnit('a', 'STANDBY');
  const client = new PairClient([only]);
  expect(await client.follow(never)).toBe('a');
  await client.call(info, never);
  expect(only.called).toEqual(['/info']);
});

it('finds the active unit, speaks to it, and asks it first the next time', async () => {
  const [a, b] = [new FakeUnit('a', 'STANDBY'), new FakeUnit('b', 'ACTIVE')];
  const client = new PairClient([a, b]);
  expect(await client.call(info, never)).toMatchObject({ body: 'b' });
  expect(await client.follow(never)).toBe('b');
  expect([a.called, b.called]).toEqual([[status], [status, '/info', status]]);
});

it('follows a fail-over, and only when asked to', async () => {
  const [a, b] = [new FakeUnit('a', 'ACTIVE'), new FakeUnit('b', 'STANDBY')];
  const client = new PairClient([a, b]);
  await client.follow(never);
  [a.state, b.state] = ['STANDBY', 'ACTIVE'];
  expect(await client.call(info, never)).toMatchObject({ body: 'a' });
  expect(await client.follow(never)).toBe('b');
  a.state = 'away';
  expect(await client.follow(never)).toBe('b');
});

it('promise 6: speaks to nobody while no unit says that it is active', async () => {
  const [a, b] = [new FakeUnit('a', 'STANDBY'), new FakeUnit('b', 'away')];
  const client = new PairClient([a, b]);
  await expect(client.call(info, never)).rejects.toMatchObject({ kind: 'standby' });
  a.state = 'strange';
  await expect(client.call(info, never)).rejects.toMatchObject({ kind: 'unreachable' });
  expect([...a.called, ...b.called]).not.toContain('/info');
});
