import { badRequest } from '../api-error.js';
import { type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { isLabelValue, isQualifiedName } from '../objects/names.js';

type Labels = Readonly<Record<string, string>>;

/** What a request selects: a namespace or all (undefined), and objects by their labels and fields. */
export interface Selection {
  readonly namespace: string | undefined;
  /** Whether a label or field selector narrows the selection. */
  readonly narrowed: boolean;
  readonly matches: (object: KubeObject) => boolean;
}

/**
 * Reads `labelSelector` and `fieldSelector`.
 * @throws ApiError 400
 */
export function parseSelection(
  resource: ApiResource,
  namespace: string | undefined,
  labelSelector: string,
  fieldSelector: string,
): Selection {
  const byLabels = labelSelector === '' ? undefined : parseLabelSelector(labelSelector);
  const byFields = fieldSelector === '' ? undefined : parseFieldSelector(fieldSelector, resource);
  return {
    namespace,
    narrowed: byLabels !== undefined || byFields !== undefined,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (byLabels?.(object.metadata.labels ?? {}) ?? true) &&
      (byFields?.(object) ?? true),
  };
}

const setRequirement = /^(?<key>[^\s,!=<>()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const valueRequirement = /^(?<key>[^\s,!=<>()]+)\s*(?<operator>==|=|!=|>|<)\s*(?<value>[^\s,!=<>()]*)$/;
const existence = /^(?<not>!?)\s*(?<key>[^\s,!=<>()]+)$/;

/**
 * A label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
 * @throws ApiError 400
 */
export function parseLabelSelector(selector: string): (labels: Labels) => boolean {
  const requirements = splitOutsideParentheses(selector).map((part) => parseRequirement(part.trim(), selector));
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function parseRequirement(part: string, selector: string): (labels: Labels) => boolean {
  const set = setRequirement.exec(part)?.groups;
  if (set !== undefined) {
    const { key = '', operator, values = '' } = set;
    checkKey(key, selector);
    const wanted = values.split(',').map((value) => value.trim());
    wanted.forEach((value) => {
      checkValue(value, selector);
    });
    return operator === 'in'
      ? (labels) => wanted.includes(labels[key] ?? '\0')
      : (labels) => !wanted.includes(labels[key] ?? '\0');
  }
  const comparison = valueRequirement.exec(part)?.groups;
  if (comparison !== undefined) {
    const { key = '', operator = '', value = '' } = comparison;
    checkKey(key, selector);
    checkValue(value, selector);
    return compare(key, operator, value);
  }
  const presence = existence.exec(part)?.groups;
  if (presence === undefined) throw unparsable(selector, `found '${part}'`);
  const { not, key = '' } = presence;
  checkKey(key, selector);
  return (labels) => key in labels === (not === '');
}

function compare(key: string, operator: string, value: string): (labels: Labels) => boolean {
  switch (operator) {
    case '!=':
      return (labels) => labels[key] !== value;
    case '>':
      return (labels) => Number(labels[key] ?? NaN) > Number(value);
    case '<':
      return (labels) => Number(labels[key] ?? NaN) < Number(value);
    default:
      return (labels) => labels[key] === value;
  }
}

function checkKey(key: string, selector: string): void {
  if (!isQualifiedName(key)) throw unparsable(selector, `key: Invalid value: "${key}"`);
}

function checkValue(value: string, selector: string): void {
  if (!isLabelValue(value)) throw unparsable(selector, `values: Invalid value: "${value}"`);
}

const unparsable = (selector: string, why: string) =>
  badRequest(`unable to parse requirement: ${why} in "${selector}"`);

function splitOutsideParentheses(selector: string): readonly string[] {
  return selector.match(/[^,(]*(?:\([^)]*\)[^,(]*)?/g)?.filter((part) => part !== '') ?? [];
}

/**
 * A field selector: `metadata.name=web,status.phase!=Running`.
 * @throws ApiError 400 for a field that the kind does not support
 */
function parseFieldSelector(selector: string, resource: ApiResource): (object: KubeObject) => boolean {
  const requirements = selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(?<field>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(part)?.groups;
      if (match === undefined) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
      return { field: match['field'] ?? '', equal: match['operator'] !== '!=', value: match['value'] ?? '' };
    });
  const supported = new Set(['metadata.name', 'metadata.namespace', ...Object.keys(resource.selectableFields(sample))]);
  const unknown = requirements.find(({ field }) => !supported.has(field));
  if (unknown !== undefined) throw badRequest(`field label not supported: ${unknown.field}`);
  return (object) => {
    const fields: Readonly<Record<string, string>> = {
      ...resource.selectableFields(object),
      'metadata.name': object.metadata.name,
      'metadata.namespace': object.metadata.namespace ?? '',
    };
    return requirements.every(({ field, equal, value }) => ((fields[field] ?? '') === value) === equal);
  };
}

const sample: KubeObject = {
  apiVersion: '',
  kind: '',
  metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' },
};
