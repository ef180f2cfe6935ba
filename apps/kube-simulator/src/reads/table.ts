import { type JsonObject } from '#core/json';
import { type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { shown } from './serializer.js';

/** What a table's rows carry beside their cells: `includeObject` of the request. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
  readonly includeObject: IncludeObject;
}

/** A list as metav1.Table, which is what kubectl get prints. */
export function toTable(
  resource: ApiResource,
  objects: readonly KubeObject[],
  listMetadata: JsonObject,
  options: TableOptions,
  now: Date,
  withHeaders = true,
): JsonObject {
  const columns = resource.columns.map(({ name, type, format = '', priority }) => ({
    name,
    type,
    format,
    description: '',
    priority,
  }));
  const rows = objects.map((object) => ({
    cells: resource.columns.map((column) => column.cell(object, now)),
    ...rowObject(resource, object, options),
  }));
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: listMetadata,
    columnDefinitions: withHeaders ? columns : null,
    rows,
  };
}

function rowObject(resource: ApiResource, object: KubeObject, { apiVersion, includeObject }: TableOptions): JsonObject {
  switch (includeObject) {
    case 'None':
      return { object: null };
    case 'Metadata':
      return { object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata } };
    case 'Object':
      return { object: shown(resource, object) };
  }
}

/**
 * The form that an Accept header asks for: the first of those that the simulator speaks.
 * Undefined when it speaks none of them.
 */
export function negotiate(accept: string | undefined, query: URLSearchParams): 'json' | TableOptions | undefined {
  if (accept === undefined || accept.trim() === '') return 'json';
  for (const range of accept.split(',')) {
    const [media = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(media)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='));
    if (as === undefined) return 'json';
    const version = tableVersions.find((candidate) => parameters.includes(`v=${candidate}`));
    if (as === 'as=Table' && parameters.includes('g=meta.k8s.io') && version !== undefined) {
      return { apiVersion: `meta.k8s.io/${version}`, includeObject: parseIncludeObject(query.get('includeObject')) };
    }
  }
  return undefined;
}

const tableVersions = ['v1', 'v1beta1'] as const;

function parseIncludeObject(value: string | null): IncludeObject {
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
