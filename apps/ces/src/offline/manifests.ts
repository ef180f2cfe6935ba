import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { UsageError } from '../exit-code.js';

/** Where something stands in the input. */
export interface Place {
  readonly file: string;
  /** Counted from 1; of a list's items, where the list begins. */
  readonly line: number;
}

export interface Manifest extends Place {
  readonly object: JsonObject;
}

/** Something to say about the input. */
export interface Remark extends Place {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly remarks: readonly Remark[];
}

/**
 * Reads Kubernetes objects from YAML or JSON files, and from directories of them (in the order of their names, not
 * deeper). Documents that cannot be parsed, and things that are no objects, become remarks.
 * @throws UsageError when a path does not exist or cannot be read.
 */
export async function readManifests(paths: readonly string[]): Promise<ReadManifests> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const read = await Promise.all(files.map(readManifestFile));
  return { manifests: read.flatMap(({ manifests }) => manifests), remarks: read.flatMap(({ remarks }) => remarks) };
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!found.isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function readManifestFile(file: string): Promise<ReadManifests> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const lines = new LineCounter();
  const manifests: Manifest[] = [];
  const remarks: Remark[] = [];
  const documents = parseAllDocuments(text, { lineCounter: lines });
  for (const document of Array.isArray(documents) ? documents : []) {
    const line = lines.linePos(document.contents?.range[0] ?? 0).line || 1;
    const [error] = document.errors;
    if (error !== undefined) {
      const at = lines.linePos(error.pos[0]).line;
      remarks.push({
        file,
        line: at,
        severity: 'error',
        message: `not valid YAML: ${error.message.split('\n')[0] ?? error.code}`,
      });
      continue;
    }
    if (document.contents === null) continue;
    for (const value of itemsOf(document.toJS({ maxAliasCount: 100 }) as JsonValue)) {
      if (isJsonObject(value)) manifests.push({ file, line, object: value });
      else remarks.push({ file, line, severity: 'error', message: 'is not a Kubernetes object' });
    }
  }
  return { manifests, remarks };
}

/** `kubectl get -o yaml` gives a List. */
function itemsOf(value: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(value)) return [value];
  const { kind, items } = value;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
    ? (items as readonly JsonValue[])
    : [value];
}

function unreadable(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new UsageError(`${path} cannot be read (${code})`);
}
