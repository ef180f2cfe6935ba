import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type ClusterObject, type PodObject, type RuleObject } from '#core/objects';
import { isRuleKind } from '#core/kinds';
import { type Cluster, controllerNamespace, type Plan, resolved, tenants, type TestPacket } from './scenery.js';

/** What is known of a cluster at one position of the log. */
export interface KnownCluster {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly objects: readonly ClusterObject[];
}

interface Destination {
  readonly addresses: readonly string[];
  readonly traffic: readonly { readonly protocol: string; readonly first: number; readonly last: number }[];
  readonly complete: boolean;
}

interface Spec {
  readonly action: string;
  readonly priority: number;
  readonly source: (of: KnownCluster) => readonly Source[] | 'everyone';
  readonly externalServices: readonly string[];
}

interface Source {
  readonly prefix: string;
  readonly routeDomain: number;
}

/** What a denial keeps when it cannot be understood any more, by cluster and uid. */
interface Memory {
  readonly spec: Spec;
  readonly forms: ReadonlyMap<string, Destination>;
}

interface Rule {
  readonly cluster: Cluster;
  readonly object: RuleObject;
  readonly spec: Spec;
  readonly tenant: string;
  readonly destinations: readonly Destination[];
}

type Judgement = 'out' | 'on' | 'denied';

/**
 * What the documentation says of rules, written down a second time and as simply as can be, without a line of what it
 * judges: it reads rules packet by packet and knows no declarations.
 */
export class ReferenceModel {
  private readonly rules: readonly Rule[];
  private readonly memory: ReadonlyMap<string, Memory>;

  constructor(
    readonly known: readonly KnownCluster[],
    before: ReferenceModel | null,
  ) {
    const memory = new Map<string, Memory>();
    const rules: Rule[] = [];
    for (const of of known) {
      for (const object of of.objects) {
        if (!isRule(object)) continue;
        const key = `${of.cluster} ${object.uid}`;
        const remembered = before?.memory.get(key) ?? null;
        const spec = specOf(object) ?? remembered?.spec ?? null;
        if (spec === null) continue;
        const forms = new Map<string, Destination>();
        for (const name of spec.externalServices) {
          const form = accepted(isDenial(spec), destinationOf(of, object, name), remembered?.forms.get(name) ?? null);
          if (form !== null) forms.set(name, form);
        }
        if (isDenial(spec)) memory.set(key, { spec, forms });
        const tenant = tenantOf(of.plan, object);
        if (tenant !== null)
          rules.push({ cluster: of.cluster, object, spec, tenant, destinations: [...forms.values()] });
      }
    }
    this.rules = rules.sort(inOrder);
    this.memory = memory;
  }

  /** What the policy that stands before all tenants does; sources are looked up in `at`. */
  globally(packet: TestPacket, at: ReferenceModel): Judgement {
    return this.judge('Common', ['ClusterEgressRule'], packet, at) ?? 'on';
  }

  /** What the tenant in whose route domain the packet arrives does with it, in both of its policies. */
  inTenant(packet: TestPacket, at: ReferenceModel): Judgement {
    const tenant = tenants.find(({ routeDomain }) => routeDomain === packet.routeDomain)?.name ?? '';
    const namespace = this.judge(tenant, ['NamespaceEgressRule'], packet, at) ?? 'on';
    if (namespace !== 'on') return namespace;
    const service = this.judge(tenant, ['ServiceEgressRule', 'PodEgressRule'], packet, at) ?? 'denied';
    return service === 'denied' ? 'denied' : 'out';
  }

  /** Whether the tenant has to be there at all: some rule of it lets something out, or denies it. */
  hasRules(tenant: string): boolean {
    return this.rules.some(
      (rule) => rule.tenant === tenant && rule.destinations.length > 0 && sourcesOf(rule, this).length > 0,
    );
  }

  /** Null where no rule of the policy matches. */
  private judge(tenant: string, kinds: readonly string[], packet: TestPacket, at: ReferenceModel): Judgement | null {
    const deciding = this.rules.find(
      (rule) =>
        rule.tenant === tenant &&
        kinds.includes(rule.object.kind) &&
        isFrom(rule, packet, at) &&
        rule.destinations.some((destination) => isTo(destination, packet)),
    );
    if (deciding === undefined) return null;
    if (isDenial(deciding.spec)) return 'denied';
    return deciding.spec.action === 'accept' ? 'on' : 'out';
  }
}

function isRule(object: ClusterObject): object is RuleObject {
  return isRuleKind(object.kind);
}

function isDenial({ action }: Spec): boolean {
  return action === 'drop' || action === 'reject';
}

function specOf(object: RuleObject): Spec | null {
  const { spec } = object.content;
  if (!isJsonObject(spec)) return null;
  const { action, priority = 1000, externalServices } = spec;
  if (typeof action !== 'string' || !['accept', 'accept-decisively', 'drop', 'reject'].includes(action)) return null;
  if (typeof priority !== 'number' || !Array.isArray(externalServices)) return null;
  return { action, priority, externalServices: externalServices.map(String), source: sourceOf(object, spec) };
}

function sourceOf(object: RuleObject, spec: JsonObject): Spec['source'] {
  const { namespace } = object;
  switch (object.kind) {
    case 'ClusterEgressRule': {
      const app = appIn(spec['namespaceSelector']);
      if (app === null) return () => 'everyone';
      return (of) =>
        of.objects.flatMap((other) =>
          other.kind === 'Namespace' && other.content.labels['app'] === app ? ofNamespace(of, other.name) : [],
        );
    }
    case 'NamespaceEgressRule':
      return (of) => ofNamespace(of, namespace);
    case 'ServiceEgressRule':
      return (of) =>
        livePods(of, namespace).flatMap((pod) => (isBehind(of, spec['service'], pod) ? ofPod(of, pod) : []));
    case 'PodEgressRule': {
      const app = appIn(spec['podSelector']);
      return (of) =>
        livePods(of, namespace).flatMap((pod) => (pod.content.labels['app'] === app ? ofPod(of, pod) : []));
    }
  }
}

function appIn(selector: JsonValue | undefined): string | null {
  const labels = isJsonObject(selector) ? selector['matchLabels'] : null;
  const app = isJsonObject(labels) ? labels['app'] : null;
  return typeof app === 'string' ? app : null;
}

function ofNamespace(of: KnownCluster, name: string): Source[] {
  const found = of.objects.find((object) => object.kind === 'Namespace' && object.name === name);
  if (found?.kind !== 'Namespace') return [];
  const { cidr } = found.content;
  if (cidr === null) return livePods(of, name).flatMap((pod) => ofPod(of, pod));
  return [{ prefix: cidr, routeDomain: routeDomainOf(of, name) }];
}

function livePods(of: KnownCluster, namespace: string): PodObject[] {
  return of.objects.filter(
    (object): object is PodObject =>
      object.kind === 'Pod' &&
      object.namespace === namespace &&
      !object.content.finished &&
      !object.content.hostNetwork,
  );
}

function isBehind(of: KnownCluster, service: JsonValue | undefined, pod: PodObject): boolean {
  return of.objects.some(
    (object) =>
      object.kind === 'EndpointSlice' &&
      object.namespace === pod.namespace &&
      object.content.service === service &&
      object.content.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid),
  );
}

function ofPod(of: KnownCluster, pod: PodObject): Source[] {
  return pod.content.addresses.map((prefix) => ({ prefix, routeDomain: routeDomainOf(of, pod.namespace) }));
}

/** -1 for a namespace that is in no tenant: no packet comes from there. */
function routeDomainOf({ plan }: KnownCluster, namespace: string): number {
  const tenant = plan.tenantOf[namespace];
  if (!tenant) return -1;
  return plan.routeDomains ? (tenants.find(({ name }) => name === tenant)?.routeDomain ?? -1) : 0;
}

function tenantOf(plan: Plan, object: RuleObject): string | null {
  if (object.kind === 'ClusterEgressRule') return 'Common';
  const tenant = plan.tenantOf[object.namespace];
  if (!tenant) return null;
  return plan.routeDomains ? tenant : 'Common';
}

function destinationOf(of: KnownCluster, rule: RuleObject, name: string): Destination | null {
  const namespace = rule.kind === 'ClusterEgressRule' ? controllerNamespace : rule.namespace;
  const found = of.objects.find(
    (object) => object.kind === 'ExternalService' && object.namespace === namespace && object.name === name,
  );
  if (found?.kind !== 'ExternalService') return null;
  const spec = isJsonObject(found.content.spec) ? found.content.spec : {};
  const texts = Array.isArray(spec['addresses']) ? spec['addresses'].map(String) : [];
  const addresses = texts.filter((text) => text !== 'nonsense');
  const ports: readonly JsonValue[] = Array.isArray(spec['ports']) ? spec['ports'] : [];
  const traffic = ports.flatMap(trafficOf);
  const wrong = ports.some((port) => trafficOf(port).length === 0);
  return {
    addresses,
    traffic: ports.length === 0 ? [{ protocol: 'any', first: 0, last: 65_535 }] : traffic,
    complete: texts.length > 0 && addresses.length === texts.length && !wrong,
  };
}

function trafficOf(port: JsonValue): Destination['traffic'] {
  if (!isJsonObject(port) || typeof port['port'] !== 'string') return [];
  const [first = 0, last = first] = port['port'].split('-').map(Number);
  if (last > 65_535) return [];
  const protocols = typeof port['protocol'] === 'string' ? [port['protocol'].toLowerCase()] : ['tcp', 'udp'];
  return protocols.map((protocol) => ({ protocol, first, last }));
}

/** A permission counts when all of its external service is understood; a denial keeps what it meant before. */
function accepted(denial: boolean, now: Destination | null, before: Destination | null): Destination | null {
  if (!denial) return now?.complete === true ? now : null;
  if (now === null || now.addresses.length === 0 || now.traffic.length === 0) return before;
  return now.complete || before?.complete !== true ? now : before;
}

/** A permission reaches from the addresses that are its own in both views. */
function isFrom(rule: Rule, packet: TestPacket, at: ReferenceModel): boolean {
  const found = sourcesOf(rule, at);
  return found === 'everyone' || found.some((source) => matches(source, packet));
}

function sourcesOf(rule: Rule, at: ReferenceModel): readonly Source[] | 'everyone' {
  const of = at.known.find(({ cluster }) => cluster === rule.cluster);
  return of === undefined ? [] : rule.spec.source(of);
}

function matches({ prefix, routeDomain }: Source, packet: TestPacket): boolean {
  return routeDomain === packet.routeDomain && covers(prefix, packet.source);
}

function isTo({ addresses, traffic }: Destination, packet: TestPacket): boolean {
  const { protocol, port = -1 } = packet;
  return (
    addresses.some((text) => covers(text, packet.destination) || namesOf(text).includes(packet.destination)) &&
    traffic.some(
      (group) => group.protocol === 'any' || (group.protocol === protocol && group.first <= port && port <= group.last),
    )
  );
}

function namesOf(text: string): readonly string[] {
  return text === 'api.example.com' ? resolved[text] : [];
}

/** Of a prefix that begins on a whole byte and ends in the last one, as all do here. */
function covers(text: string, address: string): boolean {
  const [network = '', length = '32'] = text.split('/');
  const [front, last] = halves(network);
  const [addressFront, addressLast] = halves(address);
  const size = 2 ** (32 - Number(length));
  return front === addressFront && addressLast >= last && addressLast < last + size;
}

function halves(address: string): [string, number] {
  const dot = address.lastIndexOf('.');
  return [address.slice(0, dot), Number(address.slice(dot + 1))];
}

function inOrder(left: Rule, right: Rule): number {
  const key = ({ spec, object, cluster }: Rule) => [
    String(spec.priority).padStart(6, '0'),
    object.createdAt ?? '9999',
    object.namespace,
    object.name,
    object.kind,
    cluster,
  ];
  const [one, other] = [key(left), key(right)];
  const at = one.findIndex((part, index) => part !== other[index]);
  return at === -1 ? 0 : (one[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}
