import { type AddressMatch, type Chain, type FirewallRule, type ServiceMatch } from './firewall.js';

/** A rule of a chain on its way through the comparison: what is settled already (its source, say) counts no more. */
export interface Item {
  readonly rule: FirewallRule;
  readonly context: number;
  /** Of each of these, at least one symbol has to hold. */
  readonly clauses: readonly (readonly string[])[];
  /** Tells what is left of it apart: two items with the same code do the same to a packet. */
  readonly code: number;
  /** Tells it apart from what does the same under another name. */
  readonly identity: number;
  /** The same in all items of one context with one outcome. */
  readonly label: number;
}

export type Sequence = readonly Item[];

/** Both states of a chain, in the same dimension. */
export interface Pair {
  readonly before: Sequence;
  readonly after: Sequence;
}

/** The first dimension that is not settled yet. */
export type Rest = 'source' | 'destination' | 'service' | 'nothing';

/** Numbers for contents that are equal, and the items made of them. */
export class Contents {
  private readonly numbers = new Map<string, number>();
  private readonly known = new WeakMap<object, number>();
  private readonly settled = new WeakMap<Item, Map<string, Item>>();

  /** 0 for what matches everything. */
  numberOf(content: AddressMatch | ServiceMatch): number {
    if (typeof content === 'string') return 0;
    const known = this.known.get(content);
    if (known !== undefined) return known;
    const number = this.number(JSON.stringify(content, bigintsAsText));
    this.known.set(content, number);
    return number;
  }

  sequence(chain: Chain): Sequence {
    return chain.flatMap((rules, context) => rules.map((rule) => this.item(rule, context, rule.conditions, 'source')));
  }

  /** What is left of an item when one more dimension is settled; `clause` is what came of it, null where it matches. */
  settle(item: Item, clause: readonly string[] | null, rest: Rest): Item {
    const known = this.settled.get(item) ?? new Map<string, Item>();
    this.settled.set(item, known);
    const name = clause === null ? rest : `${rest}?`;
    const settled =
      known.get(name) ??
      this.item(item.rule, item.context, clause === null ? item.clauses : [...item.clauses, clause], rest);
    known.set(name, settled);
    return settled;
  }

  private item(rule: FirewallRule, context: number, clauses: Item['clauses'], rest: Rest): Item {
    const label = `${String(context)} ${rule.outcome}`;
    const left = [
      ...(rest === 'source' ? [this.numberOf(rule.source)] : []),
      ...(rest === 'source' || rest === 'destination' ? [this.numberOf(rule.destination)] : []),
      ...(rest === 'nothing' ? [] : [this.numberOf(rule.service)]),
    ];
    const code = this.number(`${label} ${left.join()} ${JSON.stringify(clauses)}`);
    const identity = this.number(`${String(code)} ${rule.name}`);
    return { rule, context, clauses, code, identity, label: this.number(label) };
  }

  private number(text: string): number {
    const number = this.numbers.get(text) ?? this.numbers.size + 1;
    this.numbers.set(text, number);
    return number;
  }
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Rules of one context with one outcome in a row: neither their order matters, nor how often one is there. */
interface Block {
  readonly label: number;
  readonly codes: ReadonlySet<number>;
}

/** Whether nothing can tell the two apart, for all that is left. */
export function areAlike({ before, after }: Pair): boolean {
  if (before.length === after.length && before.every(({ code }, index) => code === after[index]?.code)) return true;
  const [old, now] = [blocksOf(before), blocksOf(after)];
  return old.length === now.length && old.every((block, index) => isSameBlock(block, now[index]));
}

/**
 * The codes of those items that one state has and the other lacks, or has in another order: a packet that meets none of
 * them is judged the same by both.
 */
export function differingCodes({ before, after }: Pair): ReadonlySet<number> {
  const [old, now] = [blocksOf(before), blocksOf(after)];
  let start = 0;
  while (start < old.length && isSameBlock(old[start], now[start])) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && isSameBlock(old.at(-1 - end), now.at(-1 - end))) end += 1;
  const [oldMiddle, nowMiddle] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const isAligned =
    oldMiddle.length === nowMiddle.length && oldMiddle.every(({ label }, index) => label === nowMiddle[index]?.label);
  if (!isAligned) return new Set([...oldMiddle, ...nowMiddle].flatMap(({ codes }) => [...codes]));
  return new Set(
    oldMiddle.flatMap(({ codes }, index) => {
      const others = nowMiddle[index]?.codes ?? new Set<number>();
      return [...[...codes].filter((code) => !others.has(code)), ...[...others].filter((code) => !codes.has(code))];
    }),
  );
}

function blocksOf(sequence: Sequence): Block[] {
  const blocks: { label: number; codes: Set<number> }[] = [];
  for (const { code, label } of sequence) {
    const last = blocks.at(-1);
    if (last?.label === label) last.codes.add(code);
    else blocks.push({ label, codes: new Set([code]) });
  }
  return blocks;
}

function isSameBlock(left: Block | undefined, right: Block | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.label !== right.label || left.codes.size !== right.codes.size) return false;
  for (const code of left.codes) if (!right.codes.has(code)) return false;
  return true;
}
