import { ordinary, type ApiResource } from './api-resource.js';
import { ageColumn, fieldColumn, nameColumn } from './columns.js';

const custom = {
  ...ordinary,
  group: 'kubeovn.io',
  version: 'v1alpha1',
  custom: true,
  generation: true,
  unconditionalUpdate: false,
} as const;

const rule = {
  ...custom,
  statusSubresource: true,
  columns: [nameColumn, fieldColumn('Action', 'spec', 'action'), fieldColumn('Status', 'status', 'phase')],
} as const;

/** The kinds of Container Egress Services, as its CustomResourceDefinitions declare them. */
export const egressResources: readonly ApiResource[] = [
  {
    ...custom,
    plural: 'externalservices',
    singular: 'externalservice',
    kind: 'ExternalService',
    shortNames: ['exsvc'],
    storage: 'externalservices',
    columns: [nameColumn, ageColumn],
  },
  {
    ...rule,
    plural: 'clusteregressrules',
    singular: 'clusteregressrule',
    kind: 'ClusterEgressRule',
    shortNames: ['cgr'],
    storage: 'clusteregressrules',
    namespaced: false,
  },
  {
    ...rule,
    plural: 'namespaceegressrules',
    singular: 'namespaceegressrule',
    kind: 'NamespaceEgressRule',
    shortNames: ['nsgr'],
    storage: 'namespaceegressrules',
  },
  {
    ...rule,
    plural: 'serviceegressrules',
    singular: 'serviceegressrule',
    kind: 'ServiceEgressRule',
    shortNames: ['svcgr'],
    storage: 'serviceegressrules',
  },
  {
    ...rule,
    plural: 'podegressrules',
    singular: 'podegressrule',
    kind: 'PodEgressRule',
    shortNames: ['podgr'],
    storage: 'podegressrules',
  },
];
