import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { UsageError } from '../exit-code.js';

/** Where something stands in the input. */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Manifest extends Place {
  readonly object: JsonObject;
}

/** Something to say about the input. */
export interface Remark extends Place {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Whether something in the input does not count because of it. */
  readonly leftOut: boolean;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly remarks: readonly Remark[];
}

/**
 * Reads Kubernetes objects from YAML or JSON files, from directories of them (in the order of their names, not deeper),
 * and from standard input (`-`). Documents that cannot be parsed, and things that are no objects, become remarks.
 * @throws UsageError when a path does not exist or cannot be read.
 */
export async function readManifests(paths: readonly string[]): Promise<ReadManifests> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const read = await Promise.all(files.map(readManifestFile));
  return { manifests: read.flatMap(({ manifests }) => manifests), remarks: read.flatMap(({ remarks }) => remarks) };
}

const standardInput = '-';

async function filesOf(path: string): Promise<string[]> {
  if (path === standardInput) return [path];
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

async function readManifestFile(path: string): Promise<ReadManifests> {
  const text = await (path === standardInput ? textOf(process.stdin) : readFile(path, 'utf8')).catch(
    (error: unknown) => {
      throw unreadable(path, error);
    },
  );
  return parseManifests(path === standardInput ? 'standard input' : path, text);
}

/** @param file what the text is called in remarks. */
function parseManifests(file: string, text: string): ReadManifests {
  const lines = new LineCounter();
  const lineOf = (offset: number | undefined) => lines.linePos(offset ?? 0).line || 1;
  const manifests: Manifest[] = [];
  const remarks: Remark[] = [];
  const refuse = (line: number, message: string) => {
    remarks.push({ file, line, severity: 'error', message, leftOut: true });
  };
  const documents = parseAllDocuments(text, { lineCounter: lines });
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      refuse(lineOf(error.pos[0]), `not valid YAML: ${error.message.split('\n')[0] ?? error.code}`);
      continue;
    }
    for (const node of itemsOf(document)) {
      const line = lineOf(node.range?.[0]);
      const value = valueOf(node, document);
      if (value === tooManyAliases) refuse(line, 'its aliases stand for too much: write out what they mean');
      else if (isJsonObject(value)) manifests.push({ file, line, object: value });
      else refuse(line, 'is not a Kubernetes object');
    }
  }
  return { manifests, remarks };
}

const tooManyAliases = Symbol('too many aliases');

/** A few aliases of aliases stand for more than there is memory: the parser counts them, and throws. */
function valueOf(node: Node, document: Document.Parsed): JsonValue | typeof tooManyAliases {
  try {
    return node.toJS(document, { maxAliasCount: 100 }) as JsonValue;
  } catch (error) {
    if (error instanceof ReferenceError) return tooManyAliases;
    throw error;
  }
}

/** The objects in a document: `kubectl get -o yaml` gives a List of them. */
function itemsOf({ contents }: Document.Parsed): Node[] {
  if (contents === null) return [];
  if (!isMap(contents)) return [contents];
  const kind: unknown = contents.get('kind');
  const items: unknown = contents.get('items', true);
  return typeof kind === 'string' && kind.endsWith('List') && isSeq<Node>(items) ? items.items : [contents];
}

function unreadable(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new UsageError(`${path} cannot be read (${code})`);
}
