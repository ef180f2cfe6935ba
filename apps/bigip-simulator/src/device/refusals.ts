import { parsePorts, parseSpan } from '../packet/address.js';
import { componentOf, type DeviceObject, isRuleListReference, partitionOf, type RuleSide } from './objects.js';
import { type Reference, referencesOf } from './references.js';
import { type DeviceState, exists } from './state.js';

/** The device's own words, beginning with its message number. */
export class DeviceRefusal extends Error {
  override readonly name = 'DeviceRefusal';
}

/**
 * Why the device does not accept `after` as the successor of `before`, in its own words; null when it does.
 * The device alone finds these: no dry run of AS3 sees them. Contents are checked where they changed, references
 * everywhere.
 */
export function refusalOf(before: DeviceState, after: DeviceState): string | null {
  for (const [key, object] of after.objects) {
    if (before.objects.get(key) === object) continue;
    const wrong = wrongContent(object);
    if (wrong !== null) return `01070734:3: Configuration error: ${wrong} in ${componentOf(object)} ${object.path}`;
  }
  return wrongReference(before, after) ?? wrongRouteDomain(after);
}

function wrongContent(object: DeviceObject): string | null {
  switch (object.kind) {
    case 'address-list':
      return wrongAddress(object.addresses) ?? wrongDomainName(object.fqdns);
    case 'port-list':
      return wrongPort(object.ports);
    case 'rule-list':
      return first(object.rules, (rule) => wrongSide(rule.source) ?? wrongSide(rule.destination));
    case 'policy':
      return first(object.rules, (rule) =>
        isRuleListReference(rule) ? null : (wrongSide(rule.source) ?? wrongSide(rule.destination)),
      );
    case 'virtual-server':
      return wrongAddress([object.destination, object.source]);
    case 'other':
      return null;
  }
}

function wrongSide(side: RuleSide): string | null {
  return wrongAddress(side.addresses) ?? wrongPort(side.ports);
}

function wrongAddress(entries: readonly string[]): string | null {
  return first(entries, (entry) => (parseSpan(entry) === null ? `Invalid IP address ${entry}` : null));
}

function wrongPort(entries: readonly string[]): string | null {
  return first(entries, (entry) => (parsePorts(entry) === null ? `Invalid port ${entry}` : null));
}

const domainName = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

function wrongDomainName(entries: readonly string[]): string | null {
  return first(entries, (entry) =>
    domainName.test(entry) && entry.length <= 253 ? null : `Invalid fully qualified domain name ${entry}`,
  );
}

function first<Item>(items: readonly Item[], check: (item: Item) => string | null): string | null {
  for (const item of items) {
    const found = check(item);
    if (found !== null) return found;
  }
  return null;
}

interface Referrer {
  readonly name: string;
  readonly partition: string;
}

function wrongReference(before: DeviceState, after: DeviceState): string | null {
  const check = (referrer: Referrer, reference: Reference): string | null => {
    const { component, path } = reference;
    const reachable = ['Common', referrer.partition].includes(partitionOf(path));
    if (!reachable) {
      return (
        `01070726:3: ${referrer.name} in partition ${referrer.partition} cannot reference ` +
        `${component} ${path} in partition ${partitionOf(path)}`
      );
    }
    if (exists(after, component, path)) return null;
    return exists(before, component, path)
      ? `01070265:3: The ${component} (${path}) cannot be deleted because it is in use by ${referrer.name}.`
      : `01070712:3: Caught configuration exception (0), The requested ${component} (${path}) was not found ` +
          `for ${referrer.name}.`;
  };
  for (const object of after.objects.values()) {
    const referrer = { name: `${componentOf(object)} (${object.path})`, partition: partitionOf(object.path) };
    const wrong = first(referencesOf(object), (reference) => check(referrer, reference));
    if (wrong !== null) return wrong;
  }
  return first(enforcements(after), ({ referrer, policy }) =>
    check(referrer, { component: 'security firewall policy', path: policy }),
  );
}

interface Enforcement {
  readonly referrer: Referrer;
  readonly policy: string;
}

function enforcements(state: DeviceState): Enforcement[] {
  const global = { name: 'security firewall global-rules', partition: 'Common' };
  return [
    { referrer: global, ...state.globalRules },
    ...[...state.routeDomains.values()].map((routeDomain) => ({
      referrer: { name: `net route-domain (${routeDomain.path})`, partition: partitionOf(routeDomain.path) },
      ...routeDomain,
    })),
  ].flatMap(({ referrer, enforcedPolicy, stagedPolicy }) =>
    [enforcedPolicy, stagedPolicy].flatMap((policy) => (policy === null ? [] : [{ referrer, policy }])),
  );
}

function wrongRouteDomain(state: DeviceState): string | null {
  const ids = new Set([...state.routeDomains.values()].map(({ id }) => id));
  return first([...state.partitions.values()], ({ name, defaultRouteDomain: id }) =>
    ids.has(id)
      ? null
      : `01070712:3: Caught configuration exception (0), The requested route domain (${id}) was not found ` +
        `for auth partition (${name}).`,
  );
}
