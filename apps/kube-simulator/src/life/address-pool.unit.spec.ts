import { describe, expect, it } from 'vitest';
import { AddressPool } from './address-pool.js';

describe('an address pool', () => {
  it('gives out the addresses of its network in turn, freed ones when the turn is round', () => {
    const pool = new AddressPool('10.0.0.0/29');
    expect(Array.from({ length: 5 }, () => pool.take())).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
    ]);
    expect(() => pool.take()).toThrow('all 5 addresses of 10.0.0.0/29 are taken');
    pool.free('10.0.0.4');
    expect(pool.take()).toBe('10.0.0.4');
  });

  it('leaves out what somebody has already, and starts afresh when it is cleared', () => {
    const pool = new AddressPool('10.0.255.248/29');
    pool.reserve('10.0.255.250');
    pool.reserve('192.0.2.1');
    pool.reserve('fd00::1');
    expect(pool.take()).toBe('10.0.255.251');
    pool.clear();
    expect(Array.from({ length: 5 }, () => pool.take())).toContain('10.0.255.250');
  });

  it('refuses a network without addresses', () => {
    expect(() => new AddressPool('10.0.0.0/31')).toThrow('10.0.0.0/31 has no addresses to give out');
  });
});
