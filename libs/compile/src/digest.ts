import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject } from '#core/json';
import { type ObjectTable, tableOf } from './object-table.js';
import { isPolicy } from './objects.js';
import { entriesOf } from './policy-entries.js';

/** Bytes of a SHA-256. */
const size = 32;

/**
 * Digests of declarations. A declaration's digest is the SHA-256 (hex) over the canonical JSON of what stands around its
 * objects, followed by the SHA-256 of each object of the Shared application (of its name and canonical JSON), by name; a
 * policy's is made of those of its entries in the same way. So the digest depends on the content alone, and an object
 * that was there before costs nothing (ADR 17).
 */
export class Digests {
  /** Objects are never changed once compiled, so their identity stands for their content. */
  private readonly known = new WeakMap<JsonObject, { readonly name: string; readonly digest: Buffer }>();
  private last: { readonly table: ObjectTable; readonly digests: Buffer } = {
    table: tableOf([]),
    digests: Buffer.alloc(0),
  };

  /** @param around the tenant without its objects; its label (the epoch) and lock key do not count. */
  ofDeclaration(around: JsonObject, table: ObjectTable): string {
    const counted = Object.entries(around).filter(([key]) => key !== 'label' && key !== 'optimisticLockKey');
    const digests = this.ofObjects(table);
    this.last = { table, digests };
    return createHash('sha256')
      .update(canonicalJson(Object.fromEntries(counted)))
      .update(digests)
      .digest('hex');
  }

  private ofObjects({ names, objects }: ObjectTable): Buffer {
    const { table, digests } = this.last;
    const sameNames = names === table.names;
    const now = sameNames ? Buffer.from(digests) : Buffer.allocUnsafe(names.length * size);
    objects.forEach((object, index) => {
      if (sameNames && object === table.objects[index]) return;
      now.set(this.ofObject(names[index] ?? '', object), index * size);
    });
    return now;
  }

  private ofObject(name: string, object: JsonObject): Buffer {
    const known = this.known.get(object);
    if (known?.name === name) return known.digest;
    const digest = isPolicy(object) ? this.ofPolicy(name, object) : sha256(`${name}\n${canonicalJson(object)}`);
    this.known.set(object, { name, digest });
    return digest;
  }

  private ofPolicy(name: string, policy: JsonObject): Buffer {
    const entries = entriesOf(policy);
    const around = `${name}\n${canonicalJson({ ...policy, rules: entries.length })}\n`;
    const digests = entries.map((entry) => this.ofObject('', entry));
    return createHash('sha256').update(around).update(Buffer.concat(digests)).digest();
  }
}

/** The digest of a tenant's body, wherever it came from. */
export function digestOf(body: JsonObject): string {
  const { Shared: shared, ...rest } = body;
  const members = Object.entries(isJsonObject(shared) ? shared : {});
  const objects = members.flatMap(([name, value]) => (isJsonObject(value) ? [[name, value] as const] : []));
  const settings = Object.fromEntries(members.filter(([, value]) => !isJsonObject(value)));
  return new Digests().ofDeclaration({ ...rest, Shared: settings }, tableOf(objects));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
