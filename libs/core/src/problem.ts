import { shortened } from './text.js';

/** Why something was left out, or does not have the effect that its author expects; shown to its owner in the status. */
export interface Problem {
  readonly reason: ProblemReason;
  /** A sentence that says what is wrong and what to do. */
  readonly message: string;
  /** Of the one that stands for more of its reason than are told one by one: how many these are. */
  readonly others?: number;
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

const mostOfAReason = 10;
/** Of a sentence: names in a manifest may be of any length. */
const mostCharacters = 1_000;

/**
 * The first problems of each reason, and how many more there are; of such lists put together, too. A status has to fit
 * into the object that it is written to: whoever lists a million wrong addresses is not told of each, and who names
 * something with a million characters not of all of them.
 */
export function firstProblems(problems: readonly Problem[]): Problem[] {
  const told = new Map<ProblemReason, number>();
  const others = new Map<ProblemReason, number>();
  const first: Problem[] = [];
  for (const problem of problems) {
    const { reason } = problem;
    const count = told.get(reason) ?? 0;
    if (problem.others === undefined && count < mostOfAReason) {
      told.set(reason, count + 1);
      first.push({ ...problem, message: shortened(problem.message, mostCharacters) });
    } else others.set(reason, (others.get(reason) ?? 0) + (problem.others ?? 1));
  }
  return [...first, ...[...others].map(([reason, count]) => theOthers(reason, count))];
}

function theOthers(reason: ProblemReason, others: number): Problem {
  return { reason, message: `There are ${others} more like this (${reason}).`, others };
}
