/** Why something was left out, or does not have the effect that its author expects; shown to its owner in the status. */
export interface Problem {
  readonly reason: ProblemReason;
  /** A sentence that says what is wrong and what to do. */
  readonly message: string;
}

export const problemReasons = [
  'InvalidSpec',
  'InvalidAddress',
  'InvalidPort',
  'InvalidSelector',
  'NoDestinations',
  'UnknownExternalService',
  'UnknownBandwidth',
  'UnknownNamespace',
  'UnknownService',
  'NamespaceNotConfigured',
  'NamespacesLeftOut',
  'NoSources',
  'HostNetworkPods',
  'SharedNamespaceAddresses',
  'NoEffectAlone',
  'LayoutLimit',
] as const;
export type ProblemReason = (typeof problemReasons)[number];
