import { type ObjectKind } from '#core/kinds';
import { pruningScheme } from '#core/objects';
import { v5 } from 'uuid';
import { type ClusterEvent } from './events.js';

/** Where an event comes from, as far as its identity needs it. */
export interface EventOrigin {
  readonly cluster: string;
  /** How often versions of the kind ran backwards. */
  readonly incarnationOf: (kind: ObjectKind) => number;
  /** The position of the cluster's event before: what tells a configuration from the same one at an earlier time. */
  readonly position: number;
}

/** The identity of an event (promise 3): the same fact, seen again, has the same one. */
export function eventId(event: ClusterEvent, origin: EventOrigin): string {
  const { cluster, incarnationOf, position } = origin;
  switch (event.type) {
    case 'upsert': {
      const { kind, uid, resourceVersion } = event.object;
      return identity(['upsert', cluster, incarnationOf(kind), kind, uid, resourceVersion, pruningScheme]);
    }
    case 'delete': {
      const { kind, uid, resourceVersion } = event;
      return identity(['delete', cluster, incarnationOf(kind), kind, uid, resourceVersion, pruningScheme]);
    }
    case 'kind-synced':
      return identity([event.type, cluster, event.kind]);
    case 'incarnation-began':
      return identity([event.type, cluster, event.kind, event.incarnation]);
    case 'configuration-changed':
      return identity([event.type, cluster, position]);
    case 'rules-pinned':
    case 'tenant-forgotten':
      return identity([event.type, cluster, event.tenant, position]);
  }
}

/** The identity of a fact that these values name. */
export function identity(values: readonly (string | number)[]): string {
  return v5(JSON.stringify(values), namespace);
}

/** Any fixed UUID: it keeps our names apart from everybody else's (RFC 9562, 5.5). */
const namespace = '5c3e5e0e-6f3c-4c8e-9a0b-6b7f1f3c8d21';
