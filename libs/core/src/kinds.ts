/** The rule kinds, in no particular order of evaluation. */
export const ruleKinds = ['ClusterEgressRule', 'NamespaceEgressRule', 'ServiceEgressRule', 'PodEgressRule'] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** Every kind of object that CES watches. */
export const objectKinds = ['Namespace', 'Pod', 'Service', 'EndpointSlice', 'ExternalService', ...ruleKinds] as const;
export type ObjectKind = (typeof objectKinds)[number];

export function isRuleKind(kind: string): kind is RuleKind {
  return (ruleKinds as readonly string[]).includes(kind);
}

export function isObjectKind(kind: string): kind is ObjectKind {
  return (objectKinds as readonly string[]).includes(kind);
}
