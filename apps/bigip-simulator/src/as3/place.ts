import { type JsonObject } from '#core/json';
import { partitionOf } from '../device/objects.js';
import { absolute } from './pointers.js';

/** Where in a declaration an item stands. */
export interface Place {
  readonly declaration: JsonObject;
  readonly tenant: string;
  readonly application: string;
  readonly name: string;
  /** The device path that the item has or would have. */
  readonly path: string;
}

/** The device path of a `{use}`, a `{bigip}` or a bare name; null for anything else. */
export function referenceIn(value: unknown, place: Place): string | null {
  if (typeof value === 'string') return absolute(value, place);
  if (typeof value !== 'object' || value === null) return null;
  if ('bigip' in value && typeof value.bigip === 'string') return value.bigip;
  if ('use' in value && typeof value.use === 'string') return absolute(value.use, place);
  return null;
}

export function referencesIn(values: readonly unknown[], place: Place): string[] {
  return values.flatMap((value) => {
    const path = referenceIn(value, place);
    return path === null ? [] : [path];
  });
}

/** A Service_Address stands in the partition itself, not in the folder of its application (Common excepted). */
export function virtualAddressPath(path: string): string {
  const partition = partitionOf(path);
  return partition === 'Common' ? path : `/${partition}/${path.slice(path.lastIndexOf('/') + 1)}`;
}
