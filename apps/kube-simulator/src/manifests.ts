import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';

/** One object of a manifest. */
export interface ManifestObject {
  readonly content: JsonObject;
  /** Where its document begins, counted from 1. */
  readonly line: number;
}

/**
 * The objects of YAML or JSON text: its documents, and the items of lists among them.
 * @throws Error that names the line
 */
export function parseManifests(text: string): readonly ManifestObject[] {
  return parseAllDocuments(text, { logLevel: 'error' }).flatMap((document) => {
    const [start] = document.contents?.range ?? document.range;
    const line = text.slice(0, start).split('\n').length;
    const [problem] = document.errors;
    if (problem !== undefined) throw new Error(`line ${line}: ${problem.message}`);
    const parsed = z.json().safeParse(document.toJS() ?? null);
    if (!parsed.success)
      throw new Error(`line ${line}: the document is no plain YAML: ${z.prettifyError(parsed.error)}`);
    return objectsOf(parsed.data, line);
  });
}

function objectsOf(value: JsonValue, line: number): readonly ManifestObject[] {
  if (value === null) return [];
  if (!isJsonObject(value)) throw new Error(`line ${line}: expected an object with apiVersion and kind`);
  const { kind, items } = value;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const list: readonly JsonValue[] = items;
    return list.flatMap((item) => objectsOf(item, line));
  }
  return [{ content: value, line }];
}
