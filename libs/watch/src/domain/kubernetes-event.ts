import { hash } from 'node:crypto';
import { type JsonObject } from '#core/json';
import { type ObjectReference } from '#core/objects';
import { microTime } from './lease.js';
import { resources } from './resources.js';
import { type Transition } from './status-transition.js';

/** Who reports: shown in the column "From" of `kubectl describe`. */
const reportingController = 'kubeovn.io/container-egress-services';

export interface Reported {
  readonly reference: ObjectReference;
  /** Names the status that the transition leads to. */
  readonly digest: string;
  readonly transition: Transition;
  /** The process that reports it. */
  readonly instance: string;
  readonly at: Date;
}

/** Limits of events.k8s.io/v1 (k8s.io/kubernetes pkg/apis/core/validation/events.go). */
const longestNote = 1_024;
const longestInstance = 128;
const longestName = 253;

/**
 * An `events.k8s.io/v1` Event. Its name follows from what it says, so that saying it twice creates it once.
 * Those about cluster-scoped objects go to the namespace `default`, as Kubernetes' own do.
 */
export function kubernetesEvent({ reference, digest, transition, instance, at }: Reported): JsonObject {
  const { apiVersion } = resources[reference.kind];
  const identity = hash('sha256', [reference.uid, digest, transition.reason, transition.note].join('\n')).slice(0, 16);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      namespace: eventNamespace(reference),
      name: `${stem(reference.name, identity.length + 1)}.${identity}`,
    },
    eventTime: microTime(at),
    reportingController,
    reportingInstance: instance.slice(0, longestInstance),
    action: 'ReportStatus',
    type: transition.severity,
    reason: transition.reason,
    note: shortened(transition.note, longestNote),
    regarding: {
      apiVersion,
      kind: reference.kind,
      ...(reference.namespace === '' ? {} : { namespace: reference.namespace }),
      name: reference.name,
      uid: reference.uid,
    },
  };
}

/** Where Events about an object are created. */
export function eventsPath(reference: ObjectReference): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(eventNamespace(reference))}/events`;
}

function eventNamespace(reference: ObjectReference): string {
  return reference.namespace === '' ? 'default' : reference.namespace;
}

function stem(name: string, suffix: number): string {
  return name.slice(0, longestName - suffix).replace(/[.-]+$/, '');
}

/** The limit counts bytes. */
function shortened(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const mark = '…';
  const kept = Buffer.from(text).subarray(0, limit - Buffer.byteLength(mark));
  return `${kept.toString('utf8').replace(/\uFFFD+$/, '')}${mark}`;
}
