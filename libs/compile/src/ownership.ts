import { type DesiredRule, type DesiredTenant } from '#core/desired';
import { type RuleNames, ruleNames, scopes } from './names.js';

/** The clusters that an installation serves, and the master cluster when it serves that too. */
export interface Installation {
  readonly clusters: readonly string[];
  readonly master: string | null;
}

/** Whether an object in a tenant's Shared application is ours, by its name (reference: CES 0.5 contract, "Settled"). */
export function isOurs(objectName: string, installation: Installation): boolean {
  return ownershipOf(installation)(objectName);
}

/** `isOurs` for many names. */
export function ownershipOf(installation: Installation): (objectName: string) => boolean {
  const { clusters, master } = installation;
  const ofRules = clusters.flatMap((cluster) => scopes.map((scope) => `${cluster}_${scope}_`));
  const prefixes = master === null ? ofRules : [`${master}_`, ...ofRules];
  return (objectName) => prefixes.some((prefix) => objectName.startsWith(prefix));
}

/**
 * The rule that an AS3 object belongs to. Takes the name of an object, its path, or the name of a firewall rule in a
 * policy, as they stand in declarations and in the device's messages. Null for what all rules share, and for what no
 * desired rule has.
 */
export function ownerOf(objectName: string, desired: DesiredTenant): DesiredRule | null {
  const name = objectName.split('/').at(-1) ?? '';
  const candidates = desired.rules.flatMap((rule) => {
    const names = ruleNames(rule, desired.tenant);
    return beginsLike(name, names.stem) ? [{ rule, names }] : [];
  });
  if (candidates.length === 1) return candidates[0]?.rule ?? null;
  return candidates.find(({ rule, names }) => allNames(rule, names).includes(name))?.rule ?? null;
}

/** Whether the name begins with the stem, or with the part of it that shortening left. */
function beginsLike(name: string, stem: string): boolean {
  if (name.startsWith(stem)) return true;
  const shortened = /^(.*)_[0-9a-f]{16}$/.exec(name)?.[1];
  return shortened !== undefined && stem.startsWith(shortened);
}

function allNames(rule: DesiredRule, names: RuleNames): string[] {
  return [
    names.sources,
    ...rule.destinations.flatMap(({ externalService, services }) => [
      names.destinations(externalService),
      names.ruleList(externalService),
      ...services.flatMap(({ key }) => [
        names.ports(externalService, key),
        names.ruleInPolicy(rule.action, externalService, key),
      ]),
    ]),
  ];
}
