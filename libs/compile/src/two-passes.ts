import { type JsonObject } from '#core/json';
import { AddressSet } from './address-set.js';
import { appliedRules, denies, letsPastAll, listsOf } from './applied-rules.js';
import { afterFirstPass, isOfFirewall, isSame } from './first-pass.js';
import { isEmpty, itemsBesides, itemsOf, type ListItems } from './list-items.js';
import { isPolicy, type Objects } from './objects.js';
import { pairedRules, type RulePair } from './paired-rules.js';
import { type PolicyEntry } from './policy-entries.js';

/** A change of Common's firewall. */
export interface CommonChange {
  readonly held: Objects;
  readonly wanted: Objects;
  /** Names of the policies that apply our rules, before or after. */
  readonly policies: readonly string[];
  /** The policy of the last context, in which a plain accept lets out. */
  readonly lastPolicy: string;
  readonly isOurs: (entry: PolicyEntry) => boolean;
}

/**
 * Whether a packet could get through between AS3's two transactions that neither the state before nor the one after lets
 * through. That takes a first pass which allows it more, and a second which allows it less: where no source address is
 * touched by both, each packet is judged at every moment at most as before, or at most as after (ADR 20).
 */
export function opensBetweenPasses(change: CommonChange): boolean {
  const { held, wanted } = change;
  if (changedAtOnce(held, wanted)) return false;
  const between = afterFirstPass(held, wanted);
  const [widened, narrowed] = [new AddressSet(), new AddressSet()];
  for (const policy of change.policies) {
    widened.join(touchedSources(policy, { ...change, wanted: between }).widened);
    narrowed.join(touchedSources(policy, { ...change, held: between }).narrowed);
  }
  return widened.meets(narrowed);
}

/** Of what rules depend on at most one thing changes: new lists come with the policy that uses them, others go with it. */
function changedAtOnce(held: Objects, wanted: Objects): boolean {
  let changed = 0;
  for (const [name, object] of wanted) {
    if (!isOfFirewall(object) || isSame(name, held, wanted)) continue;
    if (held.has(name) || isPolicy(object)) changed += 1;
    if (changed > 1) return false;
  }
  for (const [name, object] of held) if (isPolicy(object) && !wanted.has(name)) changed += 1;
  return changed <= 1;
}

/** The sources for which a policy allows more than before, and those for which it allows less. */
function touchedSources(policy: string, { held, wanted, lastPolicy, isOurs }: CommonChange) {
  const [widened, narrowed] = [new AddressSet(), new AddressSet()];
  const pairs = pairedRules(appliedRules(policy, held, isOurs), appliedRules(policy, wanted, isOurs));
  const isLast = policy === lastPolicy;
  const acceptsAreMost =
    isLast || !pairs.some(({ before, after }) => [before, after].some((rule) => rule && letsPastAll(rule)));
  for (const pair of pairs) {
    const rule = pair.after ?? pair.before;
    if (!rule?.ours) continue;
    const [gained, lost] = [gainedSources(pair, held, wanted), gainedSources(turned(pair), wanted, held)];
    // A plain accept allows more than a denial below it would, and less than an accept-decisively.
    const isBetween = rule.rule['action'] === 'accept' && !acceptsAreMost;
    if (isBetween || !denies(rule)) {
      widened.add(gained);
      narrowed.add(lost);
    }
    if (isBetween || denies(rule)) {
      widened.add(lost);
      narrowed.add(gained);
    }
  }
  return { widened, narrowed };
}

function turned({ before, after }: RulePair): RulePair {
  return { before: after, after: before };
}

/** The sources of packets that a rule matches after the change and did not match before. */
function gainedSources({ before, after }: RulePair, held: Objects, wanted: Objects): Sources {
  if (after === null) return [];
  if (before === null) return sourcesOf(after.rule, wanted);
  if (listsOf(after.rule, 'destination').some((name) => gains(name, held, wanted)))
    return sourcesOf(after.rule, wanted);
  return everyoneOr(listsOf(after.rule, 'source').map((name) => gainedAddresses(name, held, wanted)));
}

function gains(list: string, held: Objects, wanted: Objects): boolean {
  if (isSame(list, held, wanted)) return false;
  const [before, after] = [itemsOf(held.get(list)), itemsOf(wanted.get(list))];
  return before === null || after === null || !isEmpty(itemsBesides(after, before));
}

function gainedAddresses(list: string, held: Objects, wanted: Objects): Sources {
  if (isSame(list, held, wanted)) return [];
  const [before, after] = [itemsOf(held.get(list)), itemsOf(wanted.get(list))];
  return before === null || after === null ? 'everyone' : addressesOf(itemsBesides(after, before));
}

function sourcesOf(rule: JsonObject, objects: Objects): Sources {
  const lists = listsOf(rule, 'source').map((name) => itemsOf(objects.get(name)));
  if (lists.length === 0) return 'everyone';
  return everyoneOr(lists.map((items) => (items === null ? 'everyone' : addressesOf(items))));
}

type Sources = readonly string[] | 'everyone';

function addressesOf({ addresses, fqdns, ports }: ListItems): Sources {
  return fqdns.size + ports.size > 0 ? 'everyone' : [...addresses];
}

function everyoneOr(parts: readonly Sources[]): Sources {
  const known = parts.filter((part) => part !== 'everyone');
  return known.length === parts.length ? known.flat() : 'everyone';
}
