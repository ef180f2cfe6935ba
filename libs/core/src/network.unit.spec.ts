import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressRange,
  canonicalDomainName,
  canonicalPrefix,
  canonicalRange,
  namespacePrefix,
  podAddress,
  withRouteDomain,
} from './network.js';

describe('an address or CIDR', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    [' 10.1.2.3 ', '10.1.2.3'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['10.1.2.3/24', '10.1.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8::1/64', '2001:db8::/64'],
    ['::1/128', '::1'],
  ])('%j is %s', (text, canonical) => {
    expect(canonicalPrefix(text)).toBe(canonical);
  });

  it.each([
    '',
    '10.1.2',
    '10.1.2.256',
    '010.1.2.3',
    '0x0a.1.2.3',
    '10.1.2.3/33',
    '10.1.2.3/',
    '10.1.2.3/24/24',
    '10.1.2.3/-1',
    '10.1.2.3%2',
    'fe80::1%eth0',
    '::ffff:10.1.2.3',
    '2001:db8::/129',
    'example.com',
    '10.1.2.3-10.1.2.4',
  ])('promise 1: %j is neither', (text) => {
    expect(canonicalPrefix(text)).toBeNull();
  });

  it('is canonical once and for all', () => {
    const prefixes = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(prefixes, ([address, length]) => {
        const canonical = canonicalPrefix(`${address}/${length}`);
        fc.pre(canonical !== null);
        expect(canonicalPrefix(canonical)).toBe(canonical);
        const range = addressRange(canonical);
        const single = addressRange(canonicalPrefix(address) ?? '');
        expect(range && single && range.first <= single.first && single.last <= range.last).toBe(true);
      }),
    );
  });
});

describe('a range', () => {
  it('keeps its ends, and becomes an address where they are one', () => {
    expect(canonicalRange('10.0.0.1 - 10.0.0.9')).toBe('10.0.0.1-10.0.0.9');
    expect(canonicalRange('10.0.0.1-10.0.0.1')).toBe('10.0.0.1');
    expect(canonicalRange('2001:db8::1-2001:db8::2')).toBe('2001:db8::1-2001:db8::2');
  });

  it.each([
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-',
    '-10.0.0.1',
    '10.0.0.1-2001:db8::1',
    '10.0.0.0/24-10.0.1.0/24',
    'a-b',
    '1-2-3',
  ])('%j is none', (text) => {
    expect(canonicalRange(text)).toBeNull();
  });

  it('covers the addresses between its ends', () => {
    expect(addressRange('10.0.0.1-10.0.0.3')).toEqual({ family: 4, first: 0x0a000001n, last: 0x0a000003n });
    expect(addressRange('10.0.0.0/30')).toEqual({ family: 4, first: 0x0a000000n, last: 0x0a000003n });
    expect(addressRange('nonsense')).toBeNull();
  });
});

describe('an address of a pod', () => {
  it('is one address, in its canonical form', () => {
    expect(podAddress('10.1.2.3')).toBe('10.1.2.3');
    expect(podAddress('FD00:0::3')).toBe('fd00::3');
  });

  it.each(['0.0.0.0', '::', '0:0::0', '10.1.0.0/16', '0.0.0.0/0', '10.1.2.300', ''])(
    'promise 1: %j is none',
    (text) => {
      expect(podAddress(text)).toBeNull();
    },
  );
});

describe('the addresses of a namespace', () => {
  it.each([
    ['10.1.0.7/16', '10.1.0.0/16'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['10.1.2.3', '10.1.2.3'],
  ])('%j are %s', (text, canonical) => {
    expect(namespacePrefix(text)).toBe(canonical);
  });

  it.each(['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '8.0.0.0/7', '::/0', '2000::/3', '2001::/31', '0.0.0.0', '::', ''])(
    'promise 1: are not %j, which are too many or none',
    (text) => {
      expect(namespacePrefix(text)).toBeNull();
    },
  );
});

describe('a domain name', () => {
  it.each([
    ['Api.Example.COM.', 'api.example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['_dmarc.example.com', '_dmarc.example.com'],
    ['1.2.3.a', '1.2.3.a'],
  ])('%j is %s', (text, canonical) => {
    expect(canonicalDomainName(text)).toBe(canonical);
  });

  it.each([
    '',
    'localhost',
    '*.example.com',
    '-a.example.com',
    'a-.example.com',
    'a..example.com',
    'example.com/path',
    'https://example.com',
    '10.1.2.300',
    '1.2.3',
    'bücher.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}com`,
  ])('promise 1: %j is none', (text) => {
    expect(canonicalDomainName(text)).toBeNull();
  });
});

describe('a route domain', () => {
  it('stands between address and length', () => {
    expect(withRouteDomain('10.1.2.3', 2)).toBe('10.1.2.3%2');
    expect(withRouteDomain('10.1.0.0/16', 2)).toBe('10.1.0.0%2/16');
    expect(withRouteDomain('10.1.0.0/16', 0)).toBe('10.1.0.0/16');
  });
});
