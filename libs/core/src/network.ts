import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/** A run of addresses of one family, both ends included. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The canonical text of an address or CIDR: no leading zeros, IPv6 compressed and in lower case, host bits cleared, and
 * no length where it covers a single address. Null when it is neither.
 * IPv4-mapped IPv6 addresses are refused: a device treats them as neither family reliably.
 */
export function canonicalPrefix(text: string): string | null {
  const parsed = parsePrefix(text);
  if (parsed === null) return null;
  const { network, length } = parsed;
  const full = network.kind() === 'ipv4' ? 32 : 128;
  return length === full ? network.toString() : `${network.toString()}/${String(length)}`;
}

/**
 * An address that a pod can have, in its canonical form; null for everything else, and for 0.0.0.0 and `::`, which are no
 * host's, and which a firewall may take for every address.
 */
export function podAddress(text: string): string | null {
  const prefix = canonicalPrefix(text);
  return prefix === null || prefix.includes('/') || isUnspecified(prefix) ? null : prefix;
}

/** The shortest prefix that is believed to be one namespace's. */
const shortestOfNamespace: Readonly<Record<Family, number>> = { 4: 8, 6: 32 };

/**
 * A CIDR, or an address, that a namespace can have, in its canonical form. Null also for one that is so wide that it cannot
 * be meant: whoever may annotate a namespace should not be able to name half of all addresses.
 */
export function namespacePrefix(text: string): string | null {
  const parsed = parsePrefix(text);
  const prefix = canonicalPrefix(text);
  if (parsed === null || prefix === null || isUnspecified(prefix)) return null;
  return parsed.length < shortestOfNamespace[parsed.network.kind() === 'ipv4' ? 4 : 6] ? null : prefix;
}

/** Whether it is 0.0.0.0 or `::`, without a length. @param prefix canonical. */
export function isUnspecified(prefix: string): boolean {
  return prefix === '0.0.0.0' || prefix === '::';
}

/** An address or CIDR as the device writes it in a route domain: `10.1.2.3%2`, `10.1.0.0%2/16`; in the default one as it is. */
export function withRouteDomain(prefix: string, routeDomain: number): string {
  if (routeDomain === 0) return prefix;
  const [address = '', length] = prefix.split('/');
  return `${address}%${routeDomain}${length === undefined ? '' : `/${length}`}`;
}

/** As `canonicalPrefix`, for a range `first-last`; a range of one address becomes that address. */
export function canonicalRange(text: string): string | null {
  const [first, last, ...rest] = text.split('-').map((end) => canonicalPrefix(end.trim()));
  if (!first || !last || rest.length > 0 || first.includes('/') || last.includes('/')) return null;
  const from = addressRange(first);
  const to = addressRange(last);
  if (from === null || to === null || from.family !== to.family || from.first > to.first) return null;
  return from.first === to.first ? first : `${first}-${last}`;
}

/** The addresses that a canonical address, CIDR or range covers; null when the text is none of these. */
export function addressRange(text: string): AddressRange | null {
  if (text.includes('-')) {
    const [first, last] = text.split('-').map((end) => addressRange(end));
    return first && last && first.family === last.family
      ? { family: first.family, first: first.first, last: last.last }
      : null;
  }
  const parsed = parsePrefix(text);
  if (parsed === null) return null;
  const bytes = parsed.network.toByteArray();
  const bits = bytes.length * 8;
  const first = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const size = 1n << BigInt(bits - parsed.length);
  return { family: bits === 32 ? 4 : 6, first, last: first + size - 1n };
}

/**
 * A fully qualified domain name as AFM's resolver takes it: letters, digits and hyphens in labels of up to 63, at least
 * two labels, the last with a letter (reference: CES 0.5 contract, destinations). Returned in lower case without a final dot.
 */
export function canonicalDomainName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length > 253) return null;
  const labels = name.split('.');
  const wellFormed =
    labels.length > 1 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  return wellFormed && /[a-z]/.test(labels.at(-1) ?? '') ? name : null;
}

function parsePrefix(text: string): { network: ipaddr.IPv4 | ipaddr.IPv6; length: number } | null {
  const [address = '', lengthText, ...rest] = text.trim().split('/');
  if (rest.length > 0 || !isStrictAddress(address)) return null;
  const parsed = ipaddr.parse(address);
  const full = parsed.kind() === 'ipv4' ? 32 : 128;
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return null;
  const length = lengthText === undefined ? full : Number(lengthText);
  if (length > full) return null;
  const network =
    parsed.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${String(length)}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${String(length)}`);
  return { network, length };
}

/** ipaddr.js also takes octal, hexadecimal and short forms; the device, and a reader, would not agree on their meaning. */
function isStrictAddress(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text.split('.').every((part) => part === String(Number(part)));
  return (
    text.includes(':') &&
    !text.includes('%') &&
    ipaddr.IPv6.isValid(text) &&
    !ipaddr.IPv6.parse(text).isIPv4MappedAddress()
  );
}
