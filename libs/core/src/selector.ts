import { isJsonObject, type JsonValue } from './json.js';
import { type Labels } from './objects.js';

/** A Kubernetes label selector: every requirement must hold. No requirements select everything, as in Kubernetes. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
}

export type Requirement =
  | { readonly operator: 'In' | 'NotIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: 'Exists' | 'DoesNotExist'; readonly key: string };

/** The selector, or a sentence that says why it cannot be understood. */
export type ParsedSelector = { readonly selector: LabelSelector } | { readonly error: string };

/** Parses `{matchLabels, matchExpressions}`. Whatever is unknown is an error: ignoring a requirement would select more. */
export function parseSelector(value: JsonValue | undefined): ParsedSelector {
  if (!isJsonObject(value)) return { error: 'a label selector must be an object with matchLabels or matchExpressions' };
  const unknown = Object.keys(value).find((key) => key !== 'matchLabels' && key !== 'matchExpressions');
  if (unknown !== undefined) return { error: `"${unknown}" is not a part of a label selector` };

  const requirements: Requirement[] = [];
  const labels = value['matchLabels'] ?? {};
  if (!isJsonObject(labels)) return { error: 'matchLabels must be an object' };
  for (const [key, label] of Object.entries(labels)) {
    if (typeof label !== 'string') return { error: `the value of matchLabels.${key} must be a string` };
    requirements.push({ operator: 'In', key, values: [label] });
  }
  const expressions = value['matchExpressions'] ?? [];
  if (!Array.isArray(expressions)) return { error: 'matchExpressions must be a list' };
  for (const expression of expressions as readonly JsonValue[]) {
    const requirement = parseExpression(expression);
    if (typeof requirement === 'string') return { error: requirement };
    requirements.push(requirement);
  }
  return { selector: { requirements: sorted(requirements) } };
}

export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector.requirements.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    switch (requirement.operator) {
      case 'In':
        return value !== undefined && requirement.values.includes(value);
      case 'NotIn':
        return value === undefined || !requirement.values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
}

function parseExpression(expression: JsonValue): Requirement | string {
  if (!isJsonObject(expression)) return 'a match expression must be an object with key, operator and values';
  const { key, operator, values } = expression;
  if (typeof key !== 'string' || key === '') return 'a match expression needs a key';
  switch (operator) {
    case 'In':
    case 'NotIn': {
      if (!Array.isArray(values) || values.length === 0) return `${operator} on "${key}" needs a list of values`;
      const texts = (values as readonly JsonValue[]).filter((value) => typeof value === 'string');
      if (texts.length !== values.length) return `the values of ${operator} on "${key}" must be strings`;
      return { operator, key, values: [...texts].sort() };
    }
    case 'Exists':
    case 'DoesNotExist':
      if (Array.isArray(values) && values.length > 0) return `${operator} on "${key}" takes no values`;
      return { operator, key };
    default:
      return `"${typeof operator === 'string' ? operator : 'nothing'}" is not an operator of match expressions (In, NotIn, Exists, DoesNotExist)`;
  }
}

/** The order of requirements has no meaning; one order makes equal selectors equal as JSON. */
function sorted(requirements: readonly Requirement[]): Requirement[] {
  const text = (requirement: Requirement) => JSON.stringify([requirement.key, requirement.operator, requirement]);
  return [...requirements].sort((left, right) => (text(left) < text(right) ? -1 : 1));
}
