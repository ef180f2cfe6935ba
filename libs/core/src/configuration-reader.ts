import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Something wrong in ces-conf.yaml. The value is never shown: it may be a secret in the wrong place. */
export interface ConfigurationProblem {
  readonly severity: 'error' | 'warning';
  /** Path of the key, such as `tenant[1].routeDomain.id`; empty for the document. */
  readonly key: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** Reads a YAML document key by key and keeps account of what is wrong, with line numbers. Keys are taken in any case, as CES 0.5 does. */
export class DocumentReader {
  readonly problems: ConfigurationProblem[] = [];
  private readonly lines = new LineCounter();
  readonly root: MapReader;

  constructor(text: string) {
    const document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true });
    for (const error of document.errors) {
      const { line } = this.lines.linePos(error.pos[0]);
      this.problems.push({ severity: 'error', key: '', line, message: `not valid YAML (${error.code.toLowerCase()})` });
    }
    this.root = new MapReader(this, '', document.contents);
  }

  report(severity: 'error' | 'warning', key: string, node: Node | null | undefined, message: string): void {
    const offset = node?.range?.[0] ?? 0;
    this.problems.push({ severity, key, line: this.lines.linePos(offset).line || 1, message });
  }
}

/** One mapping of the document. Every getter reports what is wrong and returns the fallback. */
export class MapReader {
  private readonly entries = new Map<string, { name: string; node: Node | null; keyNode: Node }>();
  private readonly asked = new Set<string>();

  constructor(
    private readonly reader: DocumentReader,
    readonly path: string,
    private readonly node: Node | null,
  ) {
    if (isMap(node)) {
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : '';
        const earlier = this.entries.get(name.toLowerCase());
        if (earlier !== undefined && earlier.name !== name)
          reader.report('error', this.key(name), pair.key as Node, `stands here already as ${earlier.name}`);
        this.entries.set(name.toLowerCase(), { name, node: pair.value as Node | null, keyNode: pair.key as Node });
      }
    } else if (node !== null && !(isScalar(node) && node.value === null)) {
      reader.report(
        'error',
        path,
        node,
        path === '' ? 'the file must be a mapping of keys to values' : 'must be a mapping',
      );
    }
  }

  has(name: string): boolean {
    const node = this.value(name);
    return node !== null && !(isScalar(node) && node.value === null);
  }

  text(name: string, fallback: string): string {
    const value = this.scalar(name);
    if (value === undefined) return fallback;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    this.error(name, 'must be a text');
    return fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.scalar(name);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    this.error(name, 'must be true or false');
    return fallback;
  }

  whole(name: string, fallback: number, least: number, most: number): number {
    const value = this.scalar(name);
    if (value === undefined) return fallback;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
    this.error(name, `must be a whole number from ${String(least)} to ${String(most)}`);
    return fallback;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.scalar(name);
    if (value === undefined) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    this.error(name, `must be one of ${choices.join(', ')}`);
    return fallback;
  }

  /** A list of texts; a single text with commas is taken for a list, as CES 0.5 writes `namespaces`. */
  texts(name: string): string[] {
    const node = this.value(name);
    if (!isSeq(node)) {
      return this.text(name, '')
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    }
    return node.items.flatMap((item, index) => {
      if (isScalar(item) && (typeof item.value === 'string' || typeof item.value === 'number'))
        return [String(item.value).trim()];
      this.reader.report('error', `${this.key(name)}[${String(index)}]`, item as Node, 'must be a text');
      return [];
    });
  }

  map(name: string): MapReader {
    return new MapReader(this.reader, this.key(name), this.value(name));
  }

  maps(name: string): MapReader[] {
    const node = this.value(name);
    if (node === null) return [];
    if (!isSeq(node)) {
      this.error(name, 'must be a list');
      return [];
    }
    return node.items.map(
      (item, index) => new MapReader(this.reader, `${this.key(name)}[${String(index)}]`, item as Node),
    );
  }

  error(name: string, message: string): void {
    this.reader.report('error', this.key(name), this.value(name) ?? this.node, message);
  }

  warning(name: string, message: string): void {
    this.reader.report('warning', this.key(name), this.value(name) ?? this.node, message);
  }

  /** Warns of the keys that nobody asked for: most often a slip of the pen. */
  warnOfUnknownKeys(): void {
    for (const [key, entry] of this.entries) {
      if (!this.asked.has(key))
        this.reader.report(
          'warning',
          this.key(entry.name),
          entry.keyNode,
          'is not a key that CES knows; it is ignored',
        );
    }
  }

  private key(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  private value(name: string): Node | null {
    this.asked.add(name.toLowerCase());
    return this.entries.get(name.toLowerCase())?.node ?? null;
  }

  private scalar(name: string): string | number | boolean | undefined {
    const node = this.value(name);
    if (node === null) return undefined;
    if (!isScalar(node)) {
      this.error(name, 'must be a single value');
      return undefined;
    }
    const { value } = node;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  }
}
