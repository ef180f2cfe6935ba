import { componentOf, type DeviceObject, keyOf, objectKey, partitionOf } from './objects.js';

export interface Partition {
  readonly name: string;
  /** The route domain of addresses in this partition that carry no `%ID`. */
  readonly defaultRouteDomain: number;
  readonly description: string | null;
}

export interface RouteDomain {
  readonly path: string;
  readonly id: number;
  readonly enforcedPolicy: string | null;
  readonly stagedPolicy: string | null;
}

/** Which policies the device enforces and evaluates in its first context. */
export interface GlobalRules {
  readonly enforcedPolicy: string | null;
  readonly stagedPolicy: string | null;
}

/** The configuration of a BIG-IP at one moment. Never changed: each change makes a new one. */
export interface DeviceState {
  readonly partitions: ReadonlyMap<string, Partition>;
  /** Folders below a partition, such as `/Common/Shared`. */
  readonly folders: ReadonlySet<string>;
  /** By path. */
  readonly routeDomains: ReadonlyMap<string, RouteDomain>;
  /** By `keyOf`. */
  readonly objects: ReadonlyMap<string, DeviceObject>;
  readonly globalRules: GlobalRules;
  /** Paths of the route domains whose policy AS3 has set by `routeDomainEnforcement`. */
  readonly enforcedByAs3: ReadonlySet<string>;
}

/** The changes of one command, or of one transaction. */
export class Draft {
  readonly partitions: Map<string, Partition>;
  readonly folders: Set<string>;
  readonly routeDomains: Map<string, RouteDomain>;
  readonly objects: Map<string, DeviceObject>;
  readonly enforcedByAs3: Set<string>;
  globalRules: GlobalRules;

  constructor(state: DeviceState) {
    this.partitions = new Map(state.partitions);
    this.folders = new Set(state.folders);
    this.routeDomains = new Map(state.routeDomains);
    this.objects = new Map(state.objects);
    this.enforcedByAs3 = new Set(state.enforcedByAs3);
    this.globalRules = state.globalRules;
  }

  put(object: DeviceObject): void {
    this.objects.set(keyOf(object), object);
  }

  remove(object: DeviceObject): void {
    this.objects.delete(keyOf(object));
  }

  /** Does nothing where there is no such route domain. */
  enforce(routeDomain: string, policies: Partial<Omit<RouteDomain, 'path' | 'id'>>): void {
    const found = this.routeDomains.get(routeDomain);
    if (found) this.routeDomains.set(routeDomain, { ...found, ...policies });
  }
}

export function edited(state: DeviceState, edit: (draft: Draft) => void): DeviceState {
  const draft = new Draft(state);
  edit(draft);
  return draft;
}

export function find<Kind extends DeviceObject['kind']>(
  state: DeviceState,
  kind: Kind,
  path: string,
): Extract<DeviceObject, { kind: Kind }> | undefined {
  const component = components[kind];
  const found = component === undefined ? undefined : state.objects.get(objectKey(component, path));
  return found && isOfKind(found, kind) ? found : undefined;
}

const components: Record<DeviceObject['kind'], string | undefined> = {
  'address-list': 'security firewall address-list',
  'port-list': 'security firewall port-list',
  'rule-list': 'security firewall rule-list',
  policy: 'security firewall policy',
  'virtual-server': 'ltm virtual',
  other: undefined,
};

function isOfKind<Kind extends DeviceObject['kind']>(
  object: DeviceObject,
  kind: Kind,
): object is Extract<DeviceObject, { kind: Kind }> {
  return object.kind === kind;
}

export function objectsIn(state: DeviceState, partition: string): DeviceObject[] {
  return [...state.objects.values()].filter((object) => partitionOf(object.path) === partition);
}

/** Where `component` ends in ` *`, any class below it will do. */
export function exists(state: DeviceState, component: string, path: string): boolean {
  if (component === 'net route-domain') return state.routeDomains.has(path);
  if (!component.endsWith('*')) return state.objects.has(objectKey(component, path));
  const prefix = component.slice(0, -1);
  return [...state.objects.values()].some(
    (object) => object.path === path && `${componentOf(object)} `.startsWith(prefix),
  );
}

/** The id in effect for addresses without `%ID` in this partition. */
export function defaultRouteDomain(state: DeviceState, partition: string): number {
  return state.partitions.get(partition)?.defaultRouteDomain ?? 0;
}
