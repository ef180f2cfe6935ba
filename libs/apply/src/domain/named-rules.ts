import { entriesOf, entryName } from '#compile/policy-entries';
import { ownerOf, ownershipOf } from '#compile/ownership';
import { type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { ruleKey } from '#project/domain/last-good';

/**
 * The rules whose objects a refusal names, by `ruleKey`: AS3 with a pointer (`/shop/Shared/NAME/addresses`, or
 * `/shop/Shared/POLICY/rules/3/iRule`), the device with the path of an object or the name of a firewall rule.
 * @param body the tenant as it was declared.
 */
export function rulesNamed(words: string, body: JsonObject, desired: DesiredTenant): string[] {
  const isOurs = ownershipOf({ clusters: desired.configurations.map(({ clusterName }) => clusterName), master: null });
  const names = new Set(words.split(/[^\w./-]+/).flatMap((word) => namesIn(word, body)));
  const rules = [...names].filter(isOurs).flatMap((name) => ownerOf(name, desired) ?? []);
  return [...new Set(rules.map(ruleKey))];
}

function namesIn(word: string, body: JsonObject): string[] {
  const segments = word.split('/').map((segment) => segment.replace(/\.+$/, ''));
  return segments.flatMap((segment, index) => {
    const place = segments[index + 1] === 'rules' ? Number(segments[index + 2]) : NaN;
    const entry = Number.isInteger(place) ? entriesOf(sharedObject(body, segment))[place] : undefined;
    return entry === undefined ? [segment] : [segment, entryName(entry)];
  });
}

function sharedObject(body: JsonObject, name: string): JsonObject | undefined {
  const { Shared: shared } = body;
  const object = isJsonObject(shared) && Object.hasOwn(shared, name) ? shared[name] : undefined;
  return isJsonObject(object) ? object : undefined;
}
