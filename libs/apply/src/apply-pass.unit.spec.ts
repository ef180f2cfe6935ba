import { type TenantWork } from '#project/ports/desired-state';
import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { ApplyPass } from './apply-pass.js';
import { type TenantResultOfApply } from './domain/apply-state.js';
import { DeviceFailure } from './domain/failures.js';
import { type Isolation } from './domain/tenant-isolation.js';

/** What is wanted of tenants and what a device holds, one address a tenant; time goes by as they are read and declared. */
class World {
  readonly wanted = new Map<string, string>();
  readonly held = new Map<string, string>();
  /** Each declaration, as `tenant address`. */
  readonly declared: string[] = [];
  readonly trouble = new Map<string, TenantResultOfApply>();
  now = 0;
  readingTakes = 10;
  /** What happens while a tenant is declared. */
  meanwhile: (tenant: string) => void = () => undefined;

  want(tenant: string, address: string): this {
    this.wanted.set(tenant, address);
    return this;
  }

  async pass() {
    const nothing = () => Promise.resolve();
    const read = (tenants: readonly TenantWork[]) => {
      this.now += this.readingTakes;
      return Promise.resolve({ device: 'bigip', position: 1, takenAt: new Date(0), tenants });
    };
    const tools = {
      state: { work: () => read(this.dirty()), read: () => read([]) },
      log: { report: nothing, unchanged: nothing, takeoverFound: nothing },
      clock: { monotonic: () => this.now },
      observer: { declared: () => undefined },
    };
    const driver = {
      drive: (work: TenantWork) => Promise.resolve(this.declare(work)),
      obstacle: () => Promise.resolve(null),
      dueRefusals: () => [],
    };
    const parts = { driver, drift: { applied: () => undefined }, pair: { follow: nothing } };
    const lease = { device: 'bigip', holder: 'worker-1', epoch: 1 };
    return new ApplyPass(lease, tools, parts, new Set()).run(new AbortController().signal);
  }

  private dirty(): TenantWork[] {
    const names = [...this.wanted.keys()].filter((tenant) => this.wanted.get(tenant) !== this.held.get(tenant));
    return names.map((tenant) => {
      const rules = (address = '') => [desiredRule({ uid: tenant, tenant, prefixes: address === '' ? [] : [address] })];
      const current = { version: 1, digest: '', position: 1, declaration: {}, rules: rules(this.held.get(tenant)) };
      return tenantWork({ desired: desiredTenant({ tenant, rules: rules(this.wanted.get(tenant)) }), current });
    });
  }

  private declare({ desired: { tenant, rules } }: TenantWork): TenantResultOfApply {
    const address = rules[0]?.prefixes?.[0] ?? '';
    this.declared.push(`${tenant} ${address}`);
    this.now += 1_000;
    this.meanwhile(tenant);
    const trouble = this.trouble.get(tenant);
    if (trouble !== undefined) return trouble;
    this.held.set(tenant, address);
    return { type: 'applied', purpose: 'change', refusal: null };
  }
}

const searching: Isolation = {
  search: { good: new Set(), suspects: [], offenders: new Map(), last: null, size: 1, progressed: false },
  by: 'declaration',
  proven: true,
  refusal: { digest: '', failure: new DeviceFailure('refused', 'some rule is bad') },
};

describe('a pass over the dirty tenants', () => {
  it('declares each of them as it is wanted when its turn comes, not as it was when the pass began', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2');
    world.meanwhile = () => world.want('b', '10.0.0.3');
    expect(await world.pass()).toEqual({ type: 'done', applied: 2 });
    expect(world.declared).toEqual(['a 10.0.0.1', 'b 10.0.0.3']);
  });

  it('gives each one turn, whatever changes meanwhile, so that it comes to an end', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2');
    world.meanwhile = (tenant) => world.want(tenant, `10.1.0.${world.declared.length}`);
    expect(await world.pass()).toEqual({ type: 'done', applied: 2 });
    expect(world.declared).toHaveLength(2);
  });

  it('takes a tenant along that becomes dirty before the last turn', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2');
    world.meanwhile = () => world.want('c', '10.0.0.3');
    await world.pass();
    expect([...world.held.keys()].sort()).toEqual(['a', 'b', 'c']);
  });

  it('promise 2: an address that passes on between two turns is withdrawn before it is granted', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2').want('c', '10.0.0.3');
    await world.pass();
    world.want('a', '10.0.0.4').want('c', '10.0.0.5');
    world.meanwhile = (tenant) => {
      if (tenant === 'a') world.want('c', '10.0.0.2').want('b', '10.0.0.6');
    };
    await world.pass();
    expect(world.declared.slice(3)).toEqual(['a 10.0.0.4', 'b 10.0.0.6', 'c 10.0.0.2']);
  });

  it('promise 2: lets others have further turns while it searches a tenant for its bad rule', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2');
    world.trouble.set('a', { type: 'isolating', isolation: searching });
    world.meanwhile = () => {
      const trials = world.declared.filter((one) => one.startsWith('a ')).length;
      if (trials === 2) world.want('b', '10.0.0.3');
      if (trials === 4) world.trouble.delete('a');
    };
    expect(await world.pass()).toMatchObject({ type: 'done' });
    expect(world.declared.map((one) => one.split(' ')[0])).toEqual(['a', 'b', 'a', 'b', 'a', 'a']);
    expect(world.held.get('b')).toBe('10.0.0.3');
  });

  it('does not read anew before each turn where reading takes long', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2').want('c', '10.0.0.3');
    world.readingTakes = 250;
    world.meanwhile = () => world.want('b', '10.0.0.4').want('c', '10.0.0.5');
    await world.pass();
    expect(world.declared).toEqual(['a 10.0.0.1', 'b 10.0.0.2', 'c 10.0.0.5']);
  });

  it('leaves a tenant alone with which something passing is the matter, and goes on with the others', async () => {
    const world = new World().want('a', '10.0.0.1').want('b', '10.0.0.2').want('c', '10.0.0.3');
    const failure = new DeviceFailure('lock-key', 'another writer');
    world.trouble.set('a', { type: 'again', failure });
    world.meanwhile = (tenant) => {
      if (tenant === 'a') world.want('d', '10.0.0.4');
    };
    const result = await world.pass();
    expect(result).toEqual({ type: 'again', failure });
    expect([...world.held.keys()].sort()).toEqual(['b', 'c', 'd']);
    expect(world.declared.filter((one) => one.startsWith('a '))).toHaveLength(1);
  });
});
