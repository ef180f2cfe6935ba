import { addressRange } from '#core/network';
import { type AddressSpan } from './firewall.js';

/** An entry of an address list: `10.1.2.3`, `10.1.0.0%2/16`, `10.1.2.3%2-10.1.2.9%2`; null where it is none of these. */
export function readAddress(text: string): { readonly span: AddressSpan; readonly routeDomain: number | null } | null {
  const ids = new Set([...text.matchAll(/%(\d+)/g)].map(([, id]) => Number(id)));
  const ends = text.split('-').length;
  const [routeDomain = null] = ids;
  const count = text.split('%').length - 1;
  if (ids.size > 1 || (count > 0 && count !== ends)) return null;
  const range = addressRange(text.replaceAll(/%\d+/g, ''));
  return range === null ? null : { span: range, routeDomain };
}

/** `80` or `8000-8010`, also as a number; null where it is neither. */
export function readPorts(text: string): { readonly first: bigint; readonly last: bigint } | null {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (parts?.[1] === undefined) return null;
  const [first, last] = [BigInt(parts[1]), BigInt(parts[2] ?? parts[1])];
  return first <= last && last <= lastPort ? { first, last } : null;
}

export const lastPort = 65_535n;
