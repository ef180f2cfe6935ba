import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';

export interface ClusterShape {
  readonly tenants: number;
  readonly rulesPerTenant: number;
  readonly podsPerRule: number;
}

export interface NewAddress {
  readonly tenant: string;
  readonly address: string;
  /** The address that it takes the place of. */
  readonly replaced: string | null;
}

const externalServicesPerTenant = 20;

/** Namespaces, one in each tenant, full of services; each service has pods and a rule. */
export class LargeCluster {
  private addresses = 0;
  private generation = 0;
  private readonly members = new Map<string, Member[]>();

  constructor(
    private readonly simulator: KubeSimulator,
    private readonly shape: ClusterShape,
  ) {}

  get pods(): number {
    return this.shape.tenants * this.shape.rulesPerTenant * this.shape.podsPerRule;
  }

  get tenants(): readonly string[] {
    return range(this.shape.tenants).map(tenantName);
  }

  /** A tenant per namespace, each with a route domain of its own, in the in-place layout. */
  get configuration(): string {
    const tenants = this.tenants.map(
      (name, index) =>
        `  - { name: ${name}, namespaces: ${name}, routeDomain: { id: ${index + 1}, name: rd${index + 1} }, ` +
        `gwPool: { serverAddresses: [192.0.2.1] } }\n`,
    );
    const head = 'clusterName: k8s\nlayout: in-place\nisSupportRouteDomain: true\nschemaVersion: "3.56.0"\ntenant:\n';
    return `${head}  - { name: Common }\n${tenants.join('')}`;
  }

  /** Everything that the rules need, without the rules. */
  fill(): void {
    for (const namespace of this.tenants) {
      this.simulator.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      for (const index of range(externalServicesPerTenant)) this.simulator.apply(externalService(namespace, index));
      for (const index of range(this.shape.rulesPerTenant)) this.runService(namespace, index);
    }
  }

  /** The rules of all tenants in turn. */
  rules(): object[] {
    return range(this.shape.rulesPerTenant).flatMap((index) => this.tenants.map((namespace) => rule(namespace, index)));
  }

  /** Another pod takes the place of one: a deletion, a creation, and the endpoints that follow. */
  replacePod(): NewAddress {
    const { tenants, rulesPerTenant, podsPerRule } = this.shape;
    const turn = this.generation;
    this.generation += 1;
    const namespace = tenantName(turn % tenants);
    const service = serviceName(Math.floor(turn / tenants) % rulesPerTenant);
    const members = this.members.get(`${namespace}/${service}`) ?? [];
    const place = Math.floor(turn / (tenants * rulesPerTenant)) % podsPerRule;
    const old = members[place];
    const next = this.runPod(namespace, `${service}-r${turn}`);
    members[place] = next;
    this.simulator.apply(endpointSlice(namespace, service, members));
    if (old !== undefined) this.simulator.delete('Pod', namespace, old.name);
    return { tenant: namespace, address: next.address, replaced: old?.address ?? null };
  }

  private runService(namespace: string, index: number): void {
    const service = serviceName(index);
    this.simulator.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      spec: { selector: { app: service }, ports: [{ port: 80 }] },
    });
    const members = range(this.shape.podsPerRule).map((place) => this.runPod(namespace, `${service}-${place}`));
    this.members.set(`${namespace}/${service}`, members);
    this.simulator.apply(endpointSlice(namespace, service, members));
  }

  private runPod(namespace: string, name: string): Member {
    const number = this.addresses;
    this.addresses += 1;
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
    const { metadata } = this.simulator.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name } },
      spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'app' }] },
      status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
    });
    return { name, address, uid: metadata.uid };
  }
}

interface Member {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function tenantName(index: number): string {
  return `tenant-${index}`;
}

function serviceName(index: number): string {
  return `service-${index}`;
}

function externalService(namespace: string, index: number): object {
  return {
    apiVersion: 'kubeovn.io/v1alpha1',
    kind: 'ExternalService',
    metadata: { name: `external-${index}`, namespace },
    spec: { addresses: [`198.51.100.${index}`], ports: [{ name: 'https', protocol: 'TCP', port: '443' }] },
  };
}

function rule(namespace: string, index: number): object {
  return {
    apiVersion: 'kubeovn.io/v1alpha1',
    kind: 'ServiceEgressRule',
    metadata: { name: `rule-${index}`, namespace },
    spec: {
      service: serviceName(index),
      action: 'accept',
      externalServices: [`external-${index % externalServicesPerTenant}`],
    },
  };
}

function endpointSlice(namespace: string, service: string, members: readonly Member[]): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-slice`, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: members.map(({ name, uid, address }) => ({
      addresses: [address],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', namespace, name, uid },
    })),
    ports: [{ port: 80 }],
  };
}
