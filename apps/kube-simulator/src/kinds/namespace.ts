import { member, text, type Draft } from '../objects/kube-object.js';
import { ordinary, type ApiResource } from './api-resource.js';
import { ageColumn, nameColumn, textColumn } from './columns.js';

const nameLabel = 'kubernetes.io/metadata.name';

function prepare(draft: Draft): Draft {
  const { metadata } = draft;
  const labels = { ...metadata.labels, ...(metadata.name === undefined ? {} : { [nameLabel]: metadata.name }) };
  return {
    ...draft,
    metadata: { ...metadata, labels },
    spec: { finalizers: ['kubernetes'], ...member(draft, 'spec') },
    status: { phase: 'Active', ...member(draft, 'status') },
  };
}

export const namespaceResource: ApiResource = {
  ...ordinary,
  group: '',
  version: 'v1',
  plural: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  shortNames: ['ns'],
  storage: 'namespaces',
  namespaced: false,
  statusSubresource: true,
  returnsDeletedObject: true,
  names: 'label',
  columns: [nameColumn, textColumn('Status', (object) => text(object, 'status', 'phase')), ageColumn],
  selectableFields: (object) => ({ 'status.phase': text(object, 'status', 'phase') }),
  prepare,
};
