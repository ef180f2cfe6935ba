import { type StatusCause } from '../api-error.js';
import { invalidValue, required, type ApiResource } from '../kinds/api-resource.js';
import { type DraftMeta } from './kube-object.js';

interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly words: string;
}

/** Patterns and words of k8s.io/apimachinery/pkg/util/validation. */
const nameRules: Readonly<Record<ApiResource['names'], NameRule>> = {
  subdomain: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    longest: 253,
    words:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
      "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  label: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    words:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
      "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  },
  'label-1035': {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    words:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
      "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
      "'[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
};

const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;

const labelNameWords =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What is wrong with an object's name, labels and annotations. */
export function metadataCauses(metadata: DraftMeta, names: ApiResource['names']): readonly StatusCause[] {
  const { name = '', labels = {}, annotations = {} } = metadata;
  const rule = nameRules[names];
  if (name === '') return [required('metadata.name', 'Required value: name or generateName is required')];
  return [
    ...(name.length > rule.longest
      ? [invalidValue('metadata.name', name, `must be no more than ${rule.longest} characters`)]
      : []),
    ...(rule.pattern.test(name) ? [] : [invalidValue('metadata.name', name, rule.words)]),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...keyCauses(key, 'metadata.labels'),
      ...(labelValue.test(value) ? [] : [invalidValue('metadata.labels', value, labelValueWords)]),
    ]),
    ...Object.keys(annotations).flatMap((key) => keyCauses(key, 'metadata.annotations')),
  ];
}

function keyCauses(key: string, field: string): readonly StatusCause[] {
  return isQualifiedName(key) ? [] : [invalidValue(field, key, labelNameWords)];
}

/** Whether a text can be the key of a label: a name, or a DNS subdomain, a slash and a name. */
export function isQualifiedName(key: string): boolean {
  const [first = '', second, ...more] = key.split('/');
  if (second === undefined) return labelName.test(first);
  return more.length === 0 && nameRules.subdomain.pattern.test(first) && labelName.test(second);
}

export const isLabelValue = (value: string): boolean => labelValue.test(value);
