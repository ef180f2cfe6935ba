import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';

/**
 * Digests of declarations. A declaration's digest is the SHA-256 (hex) over its canonical JSON, in which each object of
 * the Shared application, and each rule of a policy, is replaced by the digest of its own canonical JSON. So an object
 * that was seen before costs nothing, and the digest depends on the content alone (ADR "Digest and epoch").
 */
export class Digests {
  /** Objects are never changed once compiled, so their identity stands for their content. */
  private readonly seen = new WeakMap<JsonObject, string>();

  /** @param body a tenant's body; its label (the epoch) and lock key do not count. */
  ofDeclaration(body: JsonObject): string {
    const { Shared: shared, ...rest } = body;
    const counted = Object.fromEntries(Object.entries(rest).filter(([key]) => !notCounted.has(key)));
    const hash = createHash('sha256').update(canonicalJson(counted));
    const members = isJsonObject(shared) ? shared : {};
    const lines = sortedNames(members).map((name) => `\n${name} ${this.ofMember(members[name] ?? null)}`);
    return hash.update(lines.join('')).digest('hex');
  }

  private ofMember(value: JsonValue): string {
    if (!isJsonObject(value)) return sha256(canonicalJson(value));
    return value['class'] === 'Firewall_Policy' ? this.ofPolicy(value) : this.ofObject(value);
  }

  private ofPolicy(policy: JsonObject): string {
    const { rules, ...rest } = policy;
    const entries = Array.isArray(rules) ? (rules as readonly JsonValue[]) : [];
    const digests = entries.map((entry) => (isJsonObject(entry) ? this.ofObject(entry) : sha256(canonicalJson(entry))));
    return sha256(`${canonicalJson(rest)}\n${digests.join('\n')}`);
  }

  private ofObject(object: JsonObject): string {
    const known = this.seen.get(object);
    if (known !== undefined) return known;
    const digest = sha256(canonicalJson(object));
    this.seen.set(object, digest);
    return digest;
  }
}

const notCounted: ReadonlySet<string> = new Set(['label', 'optimisticLockKey']);

/** The digest of a tenant's body, wherever it came from. */
export function digestOf(body: JsonObject): string {
  return new Digests().ofDeclaration(body);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortedNames(object: JsonObject): string[] {
  return Object.keys(object).sort();
}
