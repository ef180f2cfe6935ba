import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';
import { addressOf, destinationsOf, type Name, names, places, type Tenant, tenants } from './scenery.js';

/** A change of one object, or of a pod and the one that takes its name and address at once. */
export type Change =
  | { readonly type: 'pod'; readonly tenant: Tenant; readonly place: number; readonly app: Name }
  | { readonly type: 'end-of-pod'; readonly tenant: Tenant; readonly place: number }
  | { readonly type: 'permission' | 'denial'; readonly tenant: Tenant; readonly name: Name; readonly stands: boolean }
  | { readonly type: 'external-service'; readonly tenant: Tenant; readonly name: Name; readonly says: number };

/** What a namespace holds of each kind, one entry for every state that the kind has been in, oldest first. */
export interface States {
  /** The app of the pod at each place. */
  readonly pods: ReadonlyMap<number, Name>[];
  readonly permissions: ReadonlySet<Name>[];
  readonly denials: ReadonlySet<Name>[];
  /** What each external service says: an index into `destinationsOf`. */
  readonly externalServices: ReadonlyMap<Name, number>[];
}

/** The cluster's side: makes changes through the API of the simulator, and remembers every state. */
export class ChangedCluster {
  private readonly states = new Map<Tenant, States>();

  constructor(readonly simulator: KubeSimulator) {
    for (const { name: tenant } of tenants) {
      simulator.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: tenant } });
      const nothing: States = { pods: [], permissions: [], denials: [], externalServices: [] };
      nothing.pods.push(new Map());
      nothing.permissions.push(new Set());
      nothing.denials.push(new Set());
      nothing.externalServices.push(new Map());
      this.states.set(tenant, nothing);
      for (const [says, name] of names.entries()) {
        this.change({ type: 'external-service', tenant, name, says: says * 2 });
        this.change({ type: 'permission', tenant, name, stands: true });
      }
      for (let place = 0; place < places / 2; place += 1) this.change({ type: 'pod', tenant, place, app: 'a' });
    }
  }

  statesOf(tenant: Tenant): States {
    const states = this.states.get(tenant);
    if (states === undefined) throw new Error(`There is no tenant ${tenant}.`);
    return states;
  }

  change(change: Change): void {
    switch (change.type) {
      case 'pod':
        this.endPod(change.tenant, change.place);
        this.runPod(change.tenant, change.place, change.app);
        break;
      case 'end-of-pod':
        this.endPod(change.tenant, change.place);
        break;
      case 'permission':
      case 'denial':
        this.rule(change);
        break;
      case 'external-service':
        this.externalService(change.tenant, change.name, change.says);
    }
  }

  private runPod(tenant: Tenant, place: number, app: Name): void {
    const podIP = addressOf(tenant, place);
    this.simulator.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: tenant, name: `pod-${place}`, labels: { app } },
      spec: { nodeName: 'node', containers: [{ name: 'main', image: 'registry.example/main:1' }] },
      status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
    });
    const { pods } = this.statesOf(tenant);
    pods.push(new Map(pods.at(-1)).set(place, app));
  }

  private endPod(tenant: Tenant, place: number): void {
    const { pods } = this.statesOf(tenant);
    if (pods.at(-1)?.has(place) !== true) return;
    this.simulator.delete('Pod', tenant, `pod-${place}`);
    pods.push(new Map([...(pods.at(-1) ?? [])].filter(([other]) => other !== place)));
  }

  private rule({ type, tenant, name, stands }: Extract<Change, { stands: boolean }>): void {
    const { permissions, denials } = this.statesOf(tenant);
    const rules = type === 'permission' ? permissions : denials;
    const kind = type === 'permission' ? 'PodEgressRule' : 'NamespaceEgressRule';
    if (rules.at(-1)?.has(name) === stands) return;
    if (stands) {
      const podSelector = type === 'permission' ? { podSelector: { matchLabels: { app: name } } } : {};
      this.simulator.apply({
        apiVersion: 'kubeovn.io/v1alpha1',
        kind,
        metadata: { namespace: tenant, name },
        spec: { action: type === 'permission' ? 'accept' : 'drop', ...podSelector, externalServices: [name] },
      });
    } else {
      this.simulator.delete(kind, tenant, name);
    }
    const others = [...(rules.at(-1) ?? [])].filter((other) => other !== name);
    rules.push(new Set(stands ? [...others, name] : others));
  }

  private externalService(tenant: Tenant, name: Name, says: number): void {
    this.simulator.apply({
      apiVersion: 'kubeovn.io/v1alpha1',
      kind: 'ExternalService',
      metadata: { namespace: tenant, name },
      spec: { addresses: destinationsOf[says]?.addresses, ports: [{ name: 'https', protocol: 'TCP', port: '443' }] },
    });
    const { externalServices } = this.statesOf(tenant);
    externalServices.push(new Map(externalServices.at(-1)).set(name, says));
  }
}
