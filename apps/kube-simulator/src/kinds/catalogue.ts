import { apiVersionOf, type ApiResource } from './api-resource.js';
import { egressResources } from './egress.js';
import { endpointSliceResource } from './endpoint-slice.js';
import { eventResources } from './event.js';
import { leaseResource } from './lease.js';
import { namespaceResource } from './namespace.js';
import { podResource } from './pod.js';
import { serviceResource } from './service.js';

/** Every resource that the simulator stores and serves. */
export const resources: readonly ApiResource[] = [
  namespaceResource,
  podResource,
  serviceResource,
  endpointSliceResource,
  leaseResource,
  ...eventResources,
  ...egressResources,
];

export function findResource(group: string, version: string, plural: string): ApiResource | undefined {
  return resources.find(
    (resource) => resource.group === group && resource.version === version && resource.plural === plural,
  );
}

/** The resource of a kind; without an apiVersion the first of that kind (the core one for Event). */
export function resourceOfKind(kind: string, apiVersion?: string): ApiResource | undefined {
  return resources.find(
    (resource) => resource.kind === kind && (apiVersion === undefined || apiVersionOf(resource) === apiVersion),
  );
}
