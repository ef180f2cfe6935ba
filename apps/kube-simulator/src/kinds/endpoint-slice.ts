import { isDeepStrictEqual } from 'node:util';
import { type JsonValue } from '#core/json';
import { type StatusCause } from '../api-error.js';
import { items, text, type Draft, type KubeObject } from '../objects/kube-object.js';
import { invalidValue, ordinary, required, type ApiResource } from './api-resource.js';
import { ageColumn, fieldColumn, nameColumn, textColumn } from './columns.js';

const mostEndpoints = 1_000;

function prepare(draft: Draft): Draft {
  const ports = items(draft['ports']).map((port) => ({ name: '', protocol: 'TCP', ...port }));
  return { ...draft, endpoints: draft['endpoints'] ?? [], ports };
}

function validate(draft: Draft, previous?: KubeObject): readonly StatusCause[] {
  const addressType = text(draft, 'addressType');
  const endpoints = items(draft['endpoints']);
  return [
    ...(addressType === '' ? [required('addressType')] : []),
    ...(previous !== undefined && text(previous, 'addressType') !== addressType
      ? [invalidValue('addressType', addressType, 'field is immutable')]
      : []),
    ...(endpoints.length > mostEndpoints
      ? [
          {
            reason: 'FieldValueTooMany',
            message: `Too many: ${endpoints.length}: must have at most 1000 items`,
            field: 'endpoints',
          },
        ]
      : []),
    ...endpoints.flatMap(({ addresses }, index) =>
      Array.isArray(addresses) && addresses.length > 0
        ? []
        : [required(`endpoints[${index}].addresses`, 'Required value: must contain at least 1 address')],
    ),
  ];
}

/** Up to three values and how many more there are, as kubectl shows them. */
function summary(values: readonly string[]): string {
  if (values.length === 0) return '<unset>';
  const shown = values.slice(0, 3).join(',');
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}

function addresses(slice: KubeObject): readonly string[] {
  return items(slice['endpoints']).flatMap((endpoint) => {
    const list = endpoint['addresses'];
    return Array.isArray(list) ? list.map((address: JsonValue) => text(address)) : [];
  });
}

export const endpointSliceResource: ApiResource = {
  ...ordinary,
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  singular: 'endpointslice',
  kind: 'EndpointSlice',
  storage: 'endpointslices',
  generation: true,
  columns: [
    nameColumn,
    fieldColumn('AddressType', 'addressType'),
    textColumn('Ports', (slice) => summary(items(slice['ports']).map((port) => text(port, 'port')))),
    textColumn('Endpoints', (slice) => summary(addresses(slice))),
    ageColumn,
  ],
  prepare,
  validate,
};

/** Whether two slices say the same, whatever their metadata. */
export function sameEndpoints(one: Draft, other: Draft): boolean {
  return isDeepStrictEqual([one['endpoints'], one['ports']], [other['endpoints'], other['ports']]);
}
