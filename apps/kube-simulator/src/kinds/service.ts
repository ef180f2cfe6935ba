import { type JsonObject } from '#core/json';
import { type StatusCause } from '../api-error.js';
import { items, member, text, type Draft, type KubeObject } from '../objects/kube-object.js';
import { invalidValue, ordinary, required, type Allocator, type ApiResource } from './api-resource.js';
import { ageColumn, nameColumn, orNone, textColumn } from './columns.js';

function prepare(draft: Draft, allocator: Allocator): Draft {
  const given = member(draft, 'spec');
  const type = text(given, 'type') || 'ClusterIP';
  const ports = items(given['ports']).map((port) => ({
    protocol: 'TCP',
    ...(port['port'] === undefined ? {} : { targetPort: port['port'] }),
    ...port,
  }));
  const common: JsonObject = { sessionAffinity: 'None', ...given, type, ...(ports.length === 0 ? {} : { ports }) };
  const status = { loadBalancer: {}, ...member(draft, 'status') };
  if (type === 'ExternalName') return { ...draft, spec: common, status };
  const clusterIP = text(given, 'clusterIP') || allocator.clusterIp();
  const defaults = {
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    clusterIPs: [clusterIP],
  };
  return { ...draft, spec: { ...defaults, ...common, clusterIP }, status };
}

function validate(draft: Draft, previous?: KubeObject): readonly StatusCause[] {
  const spec = member(draft, 'spec');
  const ports = items(spec['ports']);
  const needsPorts = text(spec, 'type') !== 'ExternalName' && text(spec, 'clusterIP') !== 'None';
  const clusterIp = text(spec, 'clusterIP');
  const before = previous === undefined ? clusterIp : text(previous, 'spec', 'clusterIP');
  return [
    ...(needsPorts && ports.length === 0 ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index) => [
      ...(ports.length > 1 && text(port, 'name') === '' ? [required(`spec.ports[${index}].name`)] : []),
      ...portCauses(port, `spec.ports[${index}].port`),
    ]),
    ...(before === clusterIp || before === '' ? [] : [invalidValue('spec.clusterIPs[0]', clusterIp, unchangeable)]),
  ];
}

const unchangeable = 'may not change once set';

function portCauses(port: JsonObject, field: string): readonly StatusCause[] {
  const number = port['port'];
  if (typeof number === 'number' && number >= 1 && number <= 65_535) return [];
  return [invalidValue(field, number ?? 0, 'must be between 1 and 65535, inclusive')];
}

function shownPorts(service: KubeObject): string {
  const ports = items(member(service, 'spec')['ports']).map((port) => {
    const nodePort = text(port, 'nodePort');
    return `${text(port, 'port')}${nodePort === '' ? '' : `:${nodePort}`}/${text(port, 'protocol')}`;
  });
  return orNone(ports.join(','));
}

function shownSelector(service: KubeObject): string {
  const selector = Object.entries(member(member(service, 'spec'), 'selector'));
  return orNone(selector.map(([key, value]) => `${key}=${text(value)}`).join(','));
}

export const serviceResource: ApiResource = {
  ...ordinary,
  group: '',
  version: 'v1',
  plural: 'services',
  singular: 'service',
  kind: 'Service',
  shortNames: ['svc'],
  categories: ['all'],
  storage: 'services',
  statusSubresource: true,
  returnsDeletedObject: true,
  names: 'label-1035',
  columns: [
    nameColumn,
    textColumn('Type', (service) => text(service, 'spec', 'type')),
    textColumn('Cluster-IP', (service) => orNone(text(service, 'spec', 'clusterIP'))),
    textColumn('External-IP', (service) => orNone(text(service, 'spec', 'externalName'))),
    textColumn('Port(s)', shownPorts),
    ageColumn,
    textColumn('Selector', shownSelector, 1),
  ],
  selectableFields: (service) => ({
    'spec.clusterIP': text(service, 'spec', 'clusterIP'),
    'spec.type': text(service, 'spec', 'type'),
  }),
  prepare,
  validate,
};
