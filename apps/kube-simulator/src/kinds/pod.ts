import { isDeepStrictEqual } from 'node:util';
import { type JsonObject } from '#core/json';
import { type StatusCause } from '../api-error.js';
import { items, member, text, type Draft, type KubeObject } from '../objects/kube-object.js';
import { forbiddenField, ordinary, required, type ApiResource } from './api-resource.js';
import { ageColumn, nameColumn, orNone, textColumn } from './columns.js';

function prepare(draft: Draft): Draft {
  return {
    ...draft,
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      ...member(draft, 'spec'),
    },
    status: { phase: 'Pending', qosClass: 'BestEffort', ...member(draft, 'status') },
  };
}

function validate(draft: Draft, previous?: KubeObject): readonly StatusCause[] {
  const spec = member(draft, 'spec');
  const containers = items(spec['containers']);
  const missing =
    containers.length === 0
      ? [required('spec.containers')]
      : containers.flatMap((container, index) => [
          ...(text(container, 'name') === '' ? [required(`spec.containers[${index}].name`)] : []),
          ...(text(container, 'image') === '' ? [required(`spec.containers[${index}].image`)] : []),
        ]);
  return previous === undefined || sameButMutable(spec, member(previous, 'spec')) ? missing : [...missing, immutable];
}

const immutable = forbiddenField(
  'spec',
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
    '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
    '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
);

function sameButMutable(spec: JsonObject, previous: JsonObject): boolean {
  const fixed = ({ activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest }: JsonObject) => ({
    ...rest,
    containers: items(rest['containers']).map((container) => ({ ...container, image: '' })),
    initContainers: items(rest['initContainers']).map((container) => ({ ...container, image: '' })),
  });
  return isDeepStrictEqual(fixed(spec), fixed(previous));
}

function ready(pod: KubeObject): string {
  const statuses = items(member(pod, 'status')['containerStatuses']);
  const count = items(member(pod, 'spec')['containers']).length;
  return `${statuses.filter((status) => status['ready'] === true).length}/${count}`;
}

function shownStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return text(pod, 'status', 'reason') || text(pod, 'status', 'phase');
}

function restarts(pod: KubeObject): number {
  return items(member(pod, 'status')['containerStatuses'])
    .map((status) => Number(status['restartCount'] ?? 0))
    .reduce((sum, count) => sum + count, 0);
}

export const podResource: ApiResource = {
  ...ordinary,
  group: '',
  version: 'v1',
  plural: 'pods',
  singular: 'pod',
  kind: 'Pod',
  shortNames: ['po'],
  categories: ['all'],
  storage: 'pods',
  statusSubresource: true,
  returnsDeletedObject: true,
  columns: [
    nameColumn,
    textColumn('Ready', ready),
    textColumn('Status', shownStatus),
    { name: 'Restarts', type: 'string', priority: 0, cell: (pod) => String(restarts(pod)) },
    ageColumn,
    textColumn('IP', (pod) => orNone(text(pod, 'status', 'podIP')), 1),
    textColumn('Node', (pod) => orNone(text(pod, 'spec', 'nodeName')), 1),
    textColumn('Nominated Node', (pod) => orNone(text(pod, 'status', 'nominatedNodeName')), 1),
    textColumn('Readiness Gates', () => '<none>', 1),
  ],
  selectableFields: (pod) => ({
    'spec.nodeName': text(pod, 'spec', 'nodeName'),
    'spec.restartPolicy': text(pod, 'spec', 'restartPolicy'),
    'spec.schedulerName': text(pod, 'spec', 'schedulerName'),
    'spec.serviceAccountName': text(pod, 'spec', 'serviceAccountName'),
    'spec.hostNetwork': String(member(pod, 'spec')['hostNetwork'] === true),
    'status.phase': text(pod, 'status', 'phase'),
    'status.podIP': text(pod, 'status', 'podIP'),
    'status.nominatedNodeName': text(pod, 'status', 'nominatedNodeName'),
  }),
  prepare,
  validate,
};
