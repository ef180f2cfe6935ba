import { isDeepStrictEqual } from 'node:util';
import { type JsonObject } from '#core/json';
import { type StatusCause } from '../api-error.js';
import { member, text, type Draft, type KubeObject } from '../objects/kube-object.js';
import { invalidValue, ordinary, required, type ApiResource } from './api-resource.js';
import { nameColumn, since, textColumn } from './columns.js';
import { requireMicroTimes } from './micro-time.js';

/** Names of the fields in events.k8s.io/v1, and of the same fields in v1, which is what is stored. */
const renamed = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;

const toStoredName = new Map<string, string>(renamed);
const fromStoredName = new Map<string, string>(renamed.map(([recent, stored]) => [stored, recent]));

const rename = (content: JsonObject, names: ReadonlyMap<string, string>): JsonObject =>
  Object.fromEntries(Object.entries(content).map(([field, value]) => [names.get(field) ?? field, value]));

function toStored({ kind, metadata, apiVersion: _apiVersion, ...content }: Draft): Draft {
  return { apiVersion: 'v1', kind, metadata, ...rename(content, toStoredName) };
}

function fromStored({ kind, metadata, apiVersion: _apiVersion, ...content }: KubeObject): KubeObject {
  return { apiVersion: 'events.k8s.io/v1', kind, metadata, ...rename(content, fromStoredName) };
}

const limits = { reportingInstance: 128, action: 128, reason: 128, message: 1_024 } as const;

/**
 * Both APIs check the stored form. After pkg/apis/core/validation/events.go: an event with an eventTime is a new
 * one and must be complete; an older one must lie in the namespace of what it is about.
 */
function validateStored(event: Draft): readonly StatusCause[] {
  requireMicroTimes(event, [['eventTime'], ['series', 'lastObservedTime']]);
  const namespace = event.metadata.namespace ?? '';
  const about = text(event, 'involvedObject', 'namespace');
  const mismatch = invalidValue('involvedObject.namespace', about, 'does not match event.namespace');
  if (text(event, 'eventTime') === '') {
    return (about === '' ? namespace === 'default' : namespace === about) ? [] : [mismatch];
  }
  const needed = (['reportingInstance', 'action', 'reason'] as const).filter((field) => text(event, field) === '');
  const tooLong = Object.entries(limits).filter(([field, limit]) => text(event, field).length > limit);
  return [
    ...(about === '' && namespace !== 'default' && namespace !== 'kube-system' ? [mismatch] : []),
    ...(text(event, 'reportingComponent') === '' ? [required('reportingController')] : []),
    ...needed.map((field) => required(field)),
    ...tooLong.map(([field, limit]) => invalidValue(field, '', `can have at most ${limit} characters`)),
  ];
}

const fixedFields = [...fromStoredName.keys(), 'reason', 'type', 'eventTime', 'action', 'related', 'reportingInstance'];

/** What events.k8s.io/v1 asks for beyond that. */
function validateStrictly(event: Draft, previous?: KubeObject): readonly StatusCause[] {
  const series = event['series'];
  const seriesCauses = series === undefined ? [] : validateSeries(member(event, 'series'));
  if (previous !== undefined) {
    const changed = fixedFields.filter((field) => !isDeepStrictEqual(event[field], previous[field]));
    return [
      ...validateStored(event),
      ...(isDeepStrictEqual(series, previous['series']) ? [] : seriesCauses),
      ...changed.map((field) => invalidValue(field, event[field] ?? null, 'field is immutable')),
    ];
  }
  const type = text(event, 'type');
  const source = member(event, 'source');
  return [
    ...validateStored(event),
    ...seriesCauses,
    ...(text(event, 'eventTime') === '' ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...(['firstTimestamp', 'lastTimestamp', 'count'] as const)
      .filter((field) => text(event, field) !== '' && text(event, field) !== '0')
      .map((field) => invalidValue(field, '', 'needs to be unset')),
    ...(text(source, 'component') + text(source, 'host') === ''
      ? []
      : [invalidValue('source', '', 'needs to be unset')]),
  ];
}

function validateSeries(series: JsonObject): readonly StatusCause[] {
  return [
    ...(Number(series['count'] ?? 0) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(text(series, 'lastObservedTime') === '' ? [required('series.lastObservedTime')] : []),
  ];
}

const lastSeen = (event: KubeObject): string =>
  text(event, 'series', 'lastObservedTime') || text(event, 'lastTimestamp') || text(event, 'eventTime');

const about = (event: KubeObject): string =>
  `${text(event, 'involvedObject', 'kind').toLowerCase()}/${text(event, 'involvedObject', 'name')}`;

const event = {
  ...ordinary,
  version: 'v1',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  shortNames: ['ev'],
  storage: 'events',
  createOnUpdate: true,
  columns: [
    { name: 'Last Seen', type: 'string', priority: 0, cell: (object, now) => since(lastSeen(object), now) },
    textColumn('Type', (object) => text(object, 'type')),
    textColumn('Reason', (object) => text(object, 'reason')),
    textColumn('Object', about),
    textColumn('Message', (object) => text(object, 'message').trim()),
    { ...nameColumn, priority: 1 },
  ],
  selectableFields: (object) => ({
    'involvedObject.kind': text(object, 'involvedObject', 'kind'),
    'involvedObject.namespace': text(object, 'involvedObject', 'namespace'),
    'involvedObject.name': text(object, 'involvedObject', 'name'),
    'involvedObject.uid': text(object, 'involvedObject', 'uid'),
    'involvedObject.apiVersion': text(object, 'involvedObject', 'apiVersion'),
    'involvedObject.resourceVersion': text(object, 'involvedObject', 'resourceVersion'),
    'involvedObject.fieldPath': text(object, 'involvedObject', 'fieldPath'),
    reason: text(object, 'reason'),
    reportingComponent: text(object, 'reportingComponent'),
    source: text(object, 'source', 'component'),
    type: text(object, 'type'),
  }),
} as const satisfies Partial<ApiResource>;

/** Events are stored once and served by two groups. */
export const eventResources: readonly ApiResource[] = [
  { ...event, group: '', validate: validateStored },
  { ...event, group: 'events.k8s.io', validate: validateStrictly, conversion: { toStored, fromStored } },
];
