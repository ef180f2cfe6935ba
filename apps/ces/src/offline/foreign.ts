import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#core/json';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../exit-code.js';

/** Bodies of tenants as AS3 stored them, by name. */
export type ForeignTenants = Readonly<Record<string, JsonObject>>;

/**
 * Reads what AS3 holds from a JSON file: what `GET …/declare` answers, a request, or a list of either, such as
 * `ces compile` prints.
 * @throws UsageError when it cannot be read, or holds no tenant.
 */
export async function readForeign(file: string): Promise<ForeignTenants> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(`${file} cannot be read (${code})`);
  });
  const tenants = tenantsIn(parsed(file, text));
  if (tenants.length === 0) throw new UsageError(`${file} holds no tenant of an AS3 declaration`);
  return Object.fromEntries(tenants);
}

function parsed(file: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
}

function tenantsIn(value: JsonValue): [string, JsonObject][] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(tenantsIn);
  if (!isJsonObject(value)) return [];
  if (value['class'] === 'AS3') return tenantsIn(value['declaration'] ?? null);
  return Object.entries(value).flatMap(([name, body]): [string, JsonObject][] =>
    isJsonObject(body) && body['class'] === 'Tenant' ? [[name, body]] : [],
  );
}
