import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { compareTexts } from '#core/order';
import { isOrderRemark } from './order-remark.js';
import { entryName } from './policy-entries.js';

/** How one object of a tenant differs between two declarations. */
export interface ObjectDifference {
  readonly change: 'added' | 'removed' | 'changed';
  /** Name of the object in the Shared application; of a member of the tenant itself, such as `defaultRouteDomain`, otherwise. */
  readonly object: string;
  /** AS3 class, empty where there is none. */
  readonly class: string;
  /** What changed inside; empty for whole objects that were added or removed. */
  readonly details: readonly Detail[];
}

export interface Detail {
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  /** `addresses`, `rules`, or the name of another property. */
  readonly property: string;
  /** The address, port or rule; null where the property is no list. */
  readonly item: string | null;
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/**
 * What differs between two bodies of a tenant, by object name. The label (epoch) and the lock key do not count. Null
 * stands for a tenant that is not there.
 */
export function differences(before: JsonObject | null, after: JsonObject | null): ObjectDifference[] {
  const [old, now] = [membersOf(before), membersOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareTexts);
  return names.flatMap((name) => {
    const difference = memberDifference(name, old.get(name), now.get(name));
    return difference === null ? [] : [difference];
  });
}

/** One line for the object, and one for each detail; `+` was added, `-` removed, `~` changed, `^` moved. */
export function describeDifference({ change, object, class: className, details }: ObjectDifference): string[] {
  const head = `${signs[change]} ${className === '' ? object : `${className} ${object}`}`;
  return [head, ...details.map((detail) => `    ${describeDetail(detail)}`)];
}

const signs = { added: '+', removed: '-', changed: '~', moved: '^' } as const;

function describeDetail({ change, property, item, before, after }: Detail): string {
  if (item !== null) return `${signs[change]} ${property}: ${item}`;
  return `${signs[change]} ${property}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}

/** The objects of the Shared application, and whatever else stands in the tenant. */
function membersOf(body: JsonObject | null): Map<string, JsonValue> {
  const { Shared: shared, ...rest } = body ?? {};
  const members = Object.entries(rest).filter(([name]) => !uncounted.has(name));
  const objects = Object.entries(isJsonObject(shared) ? shared : {}).filter(([name]) => !uncounted.has(name));
  return new Map([...members, ...objects]);
}

const uncounted: ReadonlySet<string> = new Set(['class', 'template', 'label', 'optimisticLockKey']);

function memberDifference(
  object: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): ObjectDifference | null {
  if (before === undefined && after === undefined) return null;
  if (before === undefined) return { change: 'added', object, class: classOf(after), details: [] };
  if (after === undefined) return { change: 'removed', object, class: classOf(before), details: [] };
  if (before === after || canonicalJson(before) === canonicalJson(after)) return null;
  const details =
    isJsonObject(before) && isJsonObject(after)
      ? propertyDetails(before, after)
      : [{ change: 'changed', property: object, item: null, before, after } as const];
  return { change: 'changed', object, class: classOf(after), details };
}

function classOf(value: JsonValue | undefined): string {
  const name = isJsonObject(value) ? value['class'] : undefined;
  return typeof name === 'string' ? name : '';
}

function propertyDetails(before: JsonObject, after: JsonObject): Detail[] {
  const properties = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareTexts);
  return properties.flatMap((property): Detail[] => {
    const [old, now] = [before[property] ?? null, after[property] ?? null];
    // A policy's remark only tells the order of its rules, which are listed themselves.
    if (canonicalJson(old) === canonicalJson(now) || isOrderOfRules(property, now)) return [];
    if (property === 'rules' || isTexts(old) || isTexts(now)) return listDetails(property, listOf(old), listOf(now));
    return [{ change: 'changed', property, item: null, before: old, after: now }];
  });
}

function isOrderOfRules(property: string, value: JsonValue): boolean {
  return property === 'remark' && (value === null || (typeof value === 'string' && isOrderRemark(value)));
}

function isTexts(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function listDetails(property: string, before: readonly JsonValue[], after: readonly JsonValue[]): Detail[] {
  const old = new Map(before.map((item) => [itemName(item), item]));
  const now = new Map(after.map((item) => [itemName(item), item]));
  const removed = [...old].filter(([item]) => !now.has(item));
  const added = [...now].filter(([item]) => !old.has(item));
  const stayed = [...now].filter(([item]) => old.has(item));
  const changed = stayed.filter(([item, value]) => canonicalJson(old.get(item) ?? null) !== canonicalJson(value));
  const detail = (change: Detail['change'], item: string): Detail => ({
    change,
    property,
    item,
    before: old.get(item) ?? null,
    after: now.get(item) ?? null,
  });
  return [
    ...removed.map(([item]) => detail('removed', item)),
    ...added.map(([item]) => detail('added', item)),
    ...changed.map(([item]) => detail('changed', item)),
    ...movedItems(
      [...old.keys()].filter((item) => now.has(item)),
      stayed.map(([item]) => item),
    ).map((item) => detail('moved', item)),
  ];
}

function itemName(item: JsonValue): string {
  if (typeof item === 'string') return item;
  return (isJsonObject(item) ? entryName(item) : '') || canonicalJson(item);
}

/** The items that changed places, as few as possible: those outside of the longest run that kept its order. */
function movedItems(before: readonly string[], after: readonly string[]): string[] {
  const place = new Map(before.map((item, index) => [item, index]));
  const kept = new Set(longestIncreasing(after.map((item) => place.get(item) ?? 0)));
  return after.filter((_, index) => !kept.has(index));
}

/** Indices of a longest increasing subsequence (patience sorting). */
function longestIncreasing(numbers: readonly number[]): number[] {
  const previous: number[] = [];
  /** At `length - 1`: where the run of that length with the smallest end ends. */
  const ends: number[] = [];
  numbers.forEach((number, index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  });
  const run: number[] = [];
  for (let index = ends.at(-1) ?? -1; index !== -1; index = previous[index] ?? -1) run.push(index);
  return run.reverse();
}
