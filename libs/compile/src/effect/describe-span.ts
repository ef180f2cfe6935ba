import ipaddr from 'ipaddr.js';
import { type Family } from '#core/network';
import { type Span } from './firewall.js';

/** A span of addresses as an address or CIDR, else as `first-last`. */
export function describeSpan({ first, last }: Span, family: Family): string {
  const bits = family === 4 ? 32 : 128;
  if (first === last) return addressText(first, family);
  const size = last - first + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && first % size === 0n;
  if (!isPrefix) return `${addressText(first, family)}-${addressText(last, family)}`;
  return `${addressText(first, family)}/${String(bits - (size.toString(2).length - 1))}`;
}

function addressText(address: bigint, family: Family): string {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) => Number((address >> BigInt(8 * (length - 1 - index))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}
