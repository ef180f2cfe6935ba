import { type JsonObject } from '#core/json';
import { type ClusterEvent } from '../domain/events.js';
import { type NewEvent } from './event-log.js';

/** An event of a cluster as a row of the log. `id`: its identity (promise 3). */
export function clusterEventRow(
  event: ClusterEvent,
  id: string,
  { cluster, device, observedAt }: { cluster: string; device: string | null; observedAt: Date },
): NewEvent {
  const subject = event.type === 'upsert' ? event.object : event;
  return {
    eventId: id,
    device,
    cluster,
    type: event.type,
    kind: 'kind' in subject ? subject.kind : null,
    uid: 'uid' in subject ? subject.uid : null,
    resourceVersion: 'resourceVersion' in subject ? subject.resourceVersion : null,
    data: event as unknown as JsonObject,
    observedAt,
  };
}
