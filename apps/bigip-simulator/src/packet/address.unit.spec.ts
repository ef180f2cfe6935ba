import { describe, expect, it } from 'vitest';
import { contains, parseAddress, parsePorts, parseSpan } from './address.js';

const within = (span: string, address: string): boolean => {
  const [one, other] = [parseSpan(span), parseAddress(address)];
  return one !== null && other !== null && contains(one, other);
};

describe('addresses as a BIG-IP reads them', () => {
  it.each(['10.1.2.3', '0.0.0.0', '2001:db8::1', '::1:5ee:bad:c0de'])('%s is one', (text) => {
    expect(parseAddress(text)).not.toBeNull();
  });

  it.each(['999.1.1.1', '10.1.2', '10.1.2.3.4', '0x0a.1.2.3', '010.1.2.3x', 'www.example.com', '', ' 10.1.2.3'])(
    '"%s" is none',
    (text) => {
      expect(parseAddress(text)).toBeNull();
    },
  );
});

describe('entries of address lists', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3', '10.1.2.4'],
    ['10.1.2.0/24', '10.1.2.255', '10.1.3.0'],
    ['10.1.2.77/24', '10.1.2.0', '10.1.1.255'],
    ['10.1.2.3-10.1.2.9', '10.1.2.9', '10.1.2.10'],
    ['0.0.0.0/0', '255.255.255.255', '::'],
    ['2001:db8::/32', '2001:db8:ffff::', '2001:db9::'],
  ])('%s contains %s and not %s', (span, inside, outside) => {
    expect([within(span, inside), within(span, outside)]).toEqual([true, false]);
  });

  it.each([
    ['10.1.2.3%2', 2],
    ['10.1.0.0%2/16', 2],
    ['10.1.2.3%2-10.1.2.9%2', 2],
    ['10.1.2.3', null],
  ])('%s lies in route domain %s', (text, routeDomain) => {
    expect(parseSpan(text)?.routeDomain).toBe(routeDomain);
  });

  it.each([
    '10.1.2.3/33',
    '10.1.2.9-10.1.2.3',
    '10.1.2.3-2001:db8::1',
    '10.1.2.3%2-10.1.2.9',
    '10.1.2.3%70000',
    '10.1.2.0/24-10.1.3.0/24',
    '10.1.2.3/24%2',
    '1-2-3',
  ])('%s is none', (text) => {
    expect(parseSpan(text)).toBeNull();
  });
});

describe('ports', () => {
  it.each([
    ['443', { first: 443, last: 443 }],
    ['8000-8010', { first: 8000, last: 8010 }],
    ['0', { first: 0, last: 0 }],
  ])('%s', (text, span) => {
    expect(parsePorts(text)).toEqual(span);
  });

  it.each(['70000', '8010-8000', 'https', '', '-1', '80,443'])('"%s" is none', (text) => {
    expect(parsePorts(text)).toBeNull();
  });
});
