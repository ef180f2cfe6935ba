import { type Condition, type RulePhase } from '#core/status';
import { type RuleSummary, type TenantSummary } from '#project/ports/queries';
import { type Style } from '../terminal.js';

/** Messages quote what people wrote into their manifests: it must not steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/** `2026-03-01 12:00:00Z` */
export function timeText(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d{3}Z$/, 'Z');
}

/** `shop/to-payments`, or `everyone` for a rule of the cluster. */
export function placeOf({ namespace, name }: Pick<RuleSummary, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

export function addressesOf({ addresses, action }: Pick<RuleSummary, 'addresses' | 'action'>): string {
  if (addresses !== null) return String(addresses);
  return action === null ? '-' : 'everyone';
}

/** The condition that tells most of a rule: why it is not understood, or else how it stands with the device. */
export function tellingCondition({ status }: Pick<RuleSummary, 'status'>): Condition | undefined {
  const [accepted, programmed] = (['Accepted', 'Programmed'] as const).map((type) =>
    status.conditions.find((condition) => condition.type === type),
  );
  return accepted?.status === 'False' ? accepted : programmed;
}

export function phaseStyle(phase: RulePhase): Style {
  switch (phase) {
    case 'Success':
      return 'green';
    case 'Failed':
    case 'Quarantined':
      return 'red';
    case 'Syncing':
    case 'Inactive':
      return 'yellow';
  }
}

/** What a tenant is pinned to, by whom and why. */
export function pinText({ pin }: Pick<TenantSummary, 'pin'>): string {
  if (pin === null) return '-';
  const { version, since, actor, reason } = pin;
  return printable(`to version ${version} since ${timeText(since)} by ${actor.name}: ${reason}`);
}
