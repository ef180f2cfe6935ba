import { type RuleKind, ruleKinds } from '#core/kinds';
import { InvalidArgumentError } from 'commander';

const shortNames: Readonly<Record<string, RuleKind>> = {
  cgr: 'ClusterEgressRule',
  nsgr: 'NamespaceEgressRule',
  svcgr: 'ServiceEgressRule',
  podgr: 'PodEgressRule',
};

/** A kind of rule, or its short name. */
export function parseKind(text: string): RuleKind {
  const kind = shortNames[text.toLowerCase()] ?? ruleKinds.find((known) => known.toLowerCase() === text.toLowerCase());
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`Kinds are ${ruleKinds.join(', ')}, in short ${Object.keys(shortNames).join(', ')}.`);
}
