import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { isDenial } from '#core/rule';
import { definitionOf, heldPrefixes, ruleKey } from '#project/domain/last-good';
import { type TenantWork } from '#project/ports/desired-state';

/** Whether rules of one sort come to apply to what they did not apply to on the device, and cease to. */
interface Movement {
  readonly gains: boolean;
  readonly loses: boolean;
}

/** Whether the denials of Common, which every tenant's permissions are subject to, only come to deny more. */
export function onlyCloses(work: TenantWork): boolean {
  const { gains, loses } = commonDenials(work);
  return gains && !loses;
}

/**
 * Whether one of the two is Common and the other one's permissions widen with a denial there, or narrow as one goes: read at
 * different moments, the permission could stand without the denial that was there or to come all the time.
 */
export function areTiedByDenials(left: TenantWork, right: TenantWork): boolean {
  return isTiedTo(left, right) || isTiedTo(right, left);
}

function isTiedTo(common: TenantWork, other: TenantWork): boolean {
  const denials = commonDenials(common);
  if (!denials.gains && !denials.loses) return false;
  const permissions = permissionsOf(other);
  return (denials.gains && permissions.gains) || (denials.loses && permissions.loses);
}

const still: Movement = { gains: false, loses: false };

function commonDenials(work: TenantWork): Movement {
  return work.desired.tenant === commonTenant ? denialsOf(work) : still;
}

const denialsOf = remembered((rule) => isDenial(rule.action));
const permissionsOf = remembered((rule) => !isDenial(rule.action));

/** Each piece of work is asked many times, and never changes. */
function remembered(isMeant: (rule: DesiredRule) => boolean): (work: TenantWork) => Movement {
  const known = new WeakMap<TenantWork, Movement>();
  return (work) => {
    const present = known.get(work);
    if (present !== undefined) return present;
    const held = [...(work.current?.rules ?? []), ...work.taken.flatMap(({ rules }) => rules)];
    const movement = movementBetween(held.filter(isMeant), work.desired.rules.filter(isMeant));
    known.set(work, movement);
    return movement;
  };
}

function movementBetween(held: readonly DesiredRule[], wanted: readonly DesiredRule[]): Movement {
  const formsHeld = new Map<string, DesiredRule[]>();
  for (const rule of held) formsHeld.set(ruleKey(rule), [...(formsHeld.get(ruleKey(rule)) ?? []), rule]);
  const now = new Map(wanted.map((rule) => [ruleKey(rule), rule]));
  return {
    gains: wanted.some((rule) => !(formsHeld.get(ruleKey(rule)) ?? []).some((form) => covers(form, rule))),
    loses: held.some((form) => !covers(now.get(ruleKey(form)), form)),
  };
}

/** Whether a form of a rule applies wherever another one does. */
function covers(form: DesiredRule | undefined, other: DesiredRule): boolean {
  const prefixes = heldPrefixes(other);
  if (prefixes?.length === 0) return true;
  if (form === undefined || definitionOf(form) !== definitionOf(other)) return false;
  if (form.prefixes === null || prefixes === null) return form.prefixes === null;
  const covered = new Set(form.prefixes);
  return prefixes.every((prefix) => covered.has(prefix));
}
