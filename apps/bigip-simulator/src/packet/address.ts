import ipaddr from 'ipaddr.js';

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Consecutive addresses, both ends included. */
export interface AddressSpan {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  /** Null when the text carries no `%ID`. */
  readonly routeDomain: number | null;
}

/** Null when the text is not an address as a BIG-IP reads it: four decimal parts, or IPv6. */
export function parseAddress(text: string): Address | null {
  const parsed = ipaddr.IPv4.isValidFourPartDecimal(text)
    ? ipaddr.IPv4.parse(text)
    : text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)
      ? ipaddr.IPv6.parse(text)
      : null;
  if (parsed === null) return null;
  const value = parsed.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: parsed.kind() === 'ipv4' ? 4 : 6, value };
}

/**
 * `10.1.2.3`, `10.1.0.0/16` or `10.1.2.3-10.1.2.9`, each with or without a route domain: `10.1.2.3%2`,
 * `10.1.0.0%2/16`, `10.1.2.3%2-10.1.2.9%2`. Null when the text is none of these.
 */
export function parseSpan(text: string): AddressSpan | null {
  const [from = '', to, ...more] = text.split('-');
  const first = parsePrefix(from);
  if (first === null || more.length > 0) return null;
  if (to === undefined) return first;
  const last = parsePrefix(to);
  const fits =
    last !== null &&
    !text.includes('/') &&
    last.family === first.family &&
    last.routeDomain === first.routeDomain &&
    first.first <= last.first;
  return fits ? { ...first, last: last.last } : null;
}

const prefixForm = /^(?<address>[0-9a-fA-F.:]+)(?:%(?<routeDomain>\d{1,5}))?(?:\/(?<length>\d{1,3}))?$/;

function parsePrefix(text: string): AddressSpan | null {
  const parts = prefixForm.exec(text)?.groups;
  const address = parts?.['address'] === undefined ? null : parseAddress(parts['address']);
  if (!parts || address === null) return null;
  const routeDomain = parts['routeDomain'] === undefined ? null : Number(parts['routeDomain']);
  const bits = address.family === 4 ? 32 : 128;
  const length = parts['length'] === undefined ? bits : Number(parts['length']);
  if (length > bits || (routeDomain !== null && routeDomain > 65_535)) return null;
  const size = 1n << BigInt(bits - length);
  const first = address.value - (address.value % size);
  return { family: address.family, first, last: first + size - 1n, routeDomain };
}

/** How many addresses the span covers; a virtual server with fewer is preferred. */
export function sizeOf(span: AddressSpan): bigint {
  return span.last - span.first + 1n;
}

export function contains(span: AddressSpan, address: Address): boolean {
  return span.family === address.family && span.first <= address.value && address.value <= span.last;
}

export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

/** `80` or `8000-8010`; null when the text is neither, or out of range. */
export function parsePorts(text: string): PortSpan | null {
  const parts = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?$/.exec(text)?.groups;
  if (parts?.['first'] === undefined) return null;
  const first = Number(parts['first']);
  const last = Number(parts['last'] ?? parts['first']);
  return first <= last && last <= 65_535 ? { first, last } : null;
}
