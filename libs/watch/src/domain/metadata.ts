import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { type ObjectReference } from '#core/objects';
import { isResourceVersion, type ResourceVersion } from '#core/resource-version';
import { NotUnderstood, objectAt, textAt } from './reading.js';

/** Which object it is, and in which version. */
export interface Identity {
  readonly reference: ObjectReference;
  readonly resourceVersion: ResourceVersion;
}

/**
 * The identity of an object as the API server sent it.
 * @throws NotUnderstood when its uid, name or resource version is missing: then nothing can be said of it at all.
 */
export function readIdentity(kind: ObjectKind, raw: JsonValue): Identity {
  if (!isJsonObject(raw)) throw new NotUnderstood('it is not an object');
  const metadata = objectAt(raw, 'metadata', 'metadata');
  const resourceVersion = required(metadata, 'resourceVersion');
  if (!isResourceVersion(resourceVersion)) throw new NotUnderstood('metadata.resourceVersion is not a number');
  return {
    reference: {
      kind,
      uid: required(metadata, 'uid'),
      namespace: textAt(metadata, 'namespace', 'metadata.namespace') ?? '',
      name: required(metadata, 'name'),
    },
    resourceVersion,
  };
}

function required(metadata: JsonObject, key: string): string {
  const text = textAt(metadata, key, `metadata.${key}`);
  if (text === null || text === '') throw new NotUnderstood(`metadata.${key} is missing`);
  return text;
}

/** `metadata.uid` of an object; null when there is none. */
export function uidOf(raw: JsonValue): string | null {
  const metadata = isJsonObject(raw) && isJsonObject(raw.metadata) ? raw.metadata : {};
  return typeof metadata.uid === 'string' ? metadata.uid : null;
}

/** `metadata.generation`, 0 where there is none. */
export function readGeneration(metadata: JsonObject): number {
  const { generation } = metadata;
  return typeof generation === 'number' && Number.isSafeInteger(generation) ? generation : 0;
}

/**
 * The field manager that wrote last, other than to a subresource such as the status; null when the API server does not
 * say. What cannot be read is passed over: this is a hint, chosen by the client.
 */
export function lastManager(metadata: JsonObject): string | null {
  const { managedFields } = metadata;
  if (!Array.isArray(managedFields)) return null;
  let latest: { readonly manager: string; readonly time: string } | null = null;
  for (const entry of managedFields as readonly JsonValue[]) {
    if (!isJsonObject(entry)) continue;
    const { manager, subresource, time } = entry;
    if (typeof manager !== 'string' || manager === '' || (typeof subresource === 'string' && subresource !== ''))
      continue;
    const at = typeof time === 'string' ? time : '';
    // RFC 3339 in UTC, as the API server writes it, sorts as text. Of equal times the later entry counts.
    if (latest === null || at >= latest.time) latest = { manager, time: at };
  }
  return latest?.manager ?? null;
}
