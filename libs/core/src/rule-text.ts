import { type DesiredRule } from './desired.js';

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
