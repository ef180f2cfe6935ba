import { createHash } from 'node:crypto';
import { type JsonObject } from '#core/json';
import { isTenant, tenantsOf, without } from './declaration.js';

/** One declaration as AS3 keeps it. */
export interface StoredDeclaration {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly declaration: JsonObject;
}

/** Newest first. */
export type DeclarationHistory = readonly StoredDeclaration[];

/** AS3 never keeps more than these. */
const longestHistory = 15;

/**
 * What AS3 has been asked for: not what the device holds. It lies in data groups of the device, so that it is saved
 * with the configuration and comes back with an archive.
 */
export class DeclarationStore {
  #running: DeclarationHistory = [];
  #saved: DeclarationHistory = [];

  get history(): DeclarationHistory {
    return this.#running;
  }

  get saved(): DeclarationHistory {
    return this.#saved;
  }

  /** @param age 0 for the newest */
  get(age = 0): JsonObject | undefined {
    return this.#running[age]?.declaration;
  }

  /** @param limit how many to keep, this one included */
  add(stored: StoredDeclaration, limit: number): void {
    this.#running = [stored, ...this.#running].slice(0, Math.min(limit, longestHistory));
  }

  save(): void {
    this.#saved = this.#running;
  }

  /** To what was saved, as a reboot does. */
  revert(): void {
    this.#running = this.#saved;
  }

  restore(history: DeclarationHistory): void {
    this.#running = history;
    this.#saved = history;
  }

  list(): JsonObject[] {
    return this.#running.map(({ timestamp }, age) => ({
      name: `____appsvcs_declaration-${String(timestamp)}`,
      timestamp,
      date: new Date(timestamp).toISOString(),
      age,
    }));
  }
}

/** The key of a stored tenant, as AS3 computes it: over its text, so that the order of members counts. */
export function lockKeyOf(tenant: JsonObject): string {
  const content = JSON.stringify(without(tenant, 'optimisticLockKey'));
  const encoded = Buffer.from(content).toString('base64');
  return createHash('sha256').update(encoded).digest('base64');
}

/** The declaration with the key of each tenant that has none. */
export function withLockKeys(declaration: JsonObject): JsonObject {
  const keyed = tenantsOf(declaration).map(([name, tenant]): [string, JsonObject] => [
    name,
    typeof tenant['optimisticLockKey'] === 'string' && tenant['optimisticLockKey'] !== ''
      ? tenant
      : { ...tenant, optimisticLockKey: lockKeyOf(tenant) },
  ]);
  return { ...declaration, ...Object.fromEntries(keyed) };
}

/**
 * The size of the one data-group record in which AS3 keeps what a declaration says outside of its applications.
 * BIG-IP takes up to 65,520 bytes; beyond that the setting `encodeDeclarationMetadata` is needed.
 */
export function metadataSize(declaration: JsonObject): number {
  const outside = Object.entries(declaration).map(([name, member]) => [
    name,
    isTenant(member)
      ? Object.fromEntries(Object.entries(member).filter(([, inner]) => typeof inner === 'string'))
      : member,
  ]);
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(outside)));
}

export const largestMetadata = 65_520;
