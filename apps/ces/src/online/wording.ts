import { type DesiredRule } from '#core/desired';
import { type Condition, type RulePhase } from '#core/status';
import { type RuleSummary } from '#project/ports/queries';
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

/** What a rule applies to, in words. */
export function sourceText({ source }: Pick<DesiredRule, 'source'>): string {
  switch (source.type) {
    case 'everyone':
      return 'everyone';
    case 'namespaces':
      return `namespaces with ${selectorText(source.selector)}`;
    case 'namespace':
      return `namespace ${source.namespace}`;
    case 'service':
      return `service ${source.namespace}/${source.service}`;
    case 'pods':
      return `pods of ${source.namespace} with ${selectorText(source.selector)}`;
  }
}

function selectorText({ requirements }: Extract<DesiredRule['source'], { type: 'pods' }>['selector']): string {
  return requirements
    .map((requirement) => {
      switch (requirement.operator) {
        case 'In':
        case 'NotIn': {
          const [only, ...others] = requirement.values;
          if (requirement.operator === 'In' && others.length === 0) return `${requirement.key}=${only ?? ''}`;
          const word = requirement.operator === 'In' ? 'in' : 'not in';
          return `${requirement.key} ${word} (${requirement.values.join(', ')})`;
        }
        case 'Exists':
          return requirement.key;
        case 'DoesNotExist':
          return `no ${requirement.key}`;
      }
    })
    .join(' and ');
}

/** Where a rule lets traffic go, or keeps it from going: a line for each external service. */
export function destinationTexts({ destinations }: Pick<DesiredRule, 'destinations'>): string[] {
  return destinations.map(({ externalService, addresses, domainNames, services }) => {
    const ports = services.map(({ protocol, ports: numbers, bandwidth }) =>
      [protocol, numbers.join(','), bandwidth === null ? '' : `(${bandwidth})`].filter((part) => part !== '').join(' '),
    );
    return `${externalService}: ${[...addresses, ...domainNames].join(', ')}; ${ports.join(', ')}`;
  });
}
