import { type ObjectKind, objectKinds, type RuleKind, ruleKinds } from '#core/kinds';
import { InvalidArgumentError } from 'commander';

const shortNames: ReadonlyMap<string, string> = new Map([
  ['cgr', 'ClusterEgressRule'],
  ['nsgr', 'NamespaceEgressRule'],
  ['svcgr', 'ServiceEgressRule'],
  ['podgr', 'PodEgressRule'],
  ['exsvc', 'ExternalService'],
]);

const auditedKinds = [...ruleKinds, 'ExternalService', 'Namespace', 'Configuration', 'Tenant'] as const;

/** A kind of rule, or its short name. */
export function parseKind(text: string): RuleKind {
  return oneOf(ruleKinds, text);
}

/** A kind of object, or its short name. */
export function parseObjectKind(text: string): ObjectKind {
  return oneOf(objectKinds, text);
}

/** What stands in the audit: a kind of object that people write, its short name, or what else they change. */
export function parseAuditedKind(text: string): string {
  return oneOf(auditedKinds, text);
}

function oneOf<Kind extends string>(kinds: readonly Kind[], text: string): Kind {
  const name = shortNames.get(text.toLowerCase()) ?? text;
  const kind = kinds.find((known) => known.toLowerCase() === name.toLowerCase());
  if (kind !== undefined) return kind;
  const short = [...shortNames].filter(([, known]) => kinds.some((candidate) => candidate === known));
  throw new InvalidArgumentError(`Kinds are ${kinds.join(', ')}, in short ${short.map(([name]) => name).join(', ')}.`);
}
