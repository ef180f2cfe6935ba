import { type ChangeBatch } from '#core/change';
import { type ClusterObject, type PodObject } from '#core/objects';
import { type ObjectKind } from '#core/kinds';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { addressTexts, type Cluster, controllerNamespace, namespaceNetwork, podAddress, portTexts } from './scenery.js';
import { type ClusterChange } from './steps.js';

type Of<Type extends ClusterChange['type']> = Extract<ClusterChange, { type: Type }>;
interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Does to a cluster what a history says, as far as it makes sense there, and gives the batch that a watcher would send. */
export class ActedCluster {
  readonly observed: ObservedCluster;
  private made = 0;

  constructor(readonly name: Cluster) {
    this.observed = new ObservedCluster(name);
  }

  /** Null when nothing of it changes anything. */
  act(changes: readonly ClusterChange[]): ChangeBatch | null {
    const batches = changes.flatMap((change) => this.one(change));
    return batches.length === 0 ? null : this.observed.together(...batches);
  }

  /** Every pod comes to its end, and none of them goes. */
  endPods(): ChangeBatch | null {
    const pods = [...this.observed.objects.values()].filter((object) => object.kind === 'Pod');
    const ended = pods.map((pod) => this.observed.upsert({ ...pod, content: { ...pod.content, finished: true } }));
    return ended.length === 0 ? null : this.observed.together(...ended);
  }

  private one(change: ClusterChange): ChangeBatch[] {
    switch (change.type) {
      case 'pod':
        return this.pod(change);
      case 'hand-over':
        return this.handOver(change);
      case 'service':
        return this.service(change);
      case 'external-service':
        return this.put(
          externalService(
            change.name,
            { addresses: addressTexts[change.addresses] ?? [], ports: portTexts[change.ports] ?? [] },
            { namespace: change.namespace ?? controllerNamespace },
          ),
        );
      case 'rule':
        return this.rule(change);
      case 'namespace':
        return this.put(
          namespace(change.namespace, {
            labels: { app: change.app },
            cidr: change.network && this.name === 'k8s' ? namespaceNetwork : null,
          }),
        );
      case 'removal':
        return this.remove(change.kind, change.place);
    }
  }

  private pod({ place, address, app, state, fresh }: Of<'pod'>): ChangeBatch[] {
    const content = { labels: { app }, finished: state === 'finished', hostNetwork: state === 'host-network' };
    const next = pod(place.name, podAddress(this.name, address), content, this.identity('Pod', place, fresh));
    return this.put(next, fresh);
  }

  private handOver({ from, to, app }: Of<'hand-over'>): ChangeBatch[] {
    const giver = this.find('Pod', from);
    const [address] = giver?.content.addresses ?? [];
    if (giver === undefined || address === undefined || (from.namespace === to.namespace && from.name === to.name))
      return [];
    const taker = pod(to.name, address, { labels: { app } }, this.identity('Pod', to, true));
    return [this.observed.remove(giver), ...this.put(taker, true)];
  }

  private service({ place, pods }: Of<'service'>): ChangeBatch[] {
    const behind = pods.flatMap((name) => this.find('Pod', { ...place, name }) ?? []);
    const overrides = { namespace: place.namespace };
    return this.put(service(place.name, overrides)).concat(this.put(endpointSlice(place.name, behind, overrides)));
  }

  private rule(change: Of<'rule'>): ChangeBatch[] {
    const { kind, place, action, externalServices, priority, fresh } = change;
    const selector = { matchLabels: { app: change.app } };
    const source = {
      ClusterEgressRule: change.everyone ? {} : { namespaceSelector: selector },
      NamespaceEgressRule: {},
      ServiceEgressRule: { service: change.service },
      PodEgressRule: { podSelector: selector },
    }[kind];
    const spec = { action, externalServices, ...source, ...(priority === null ? {} : { priority }) };
    const at = kind === 'ClusterEgressRule' ? { namespace: '', name: place.name } : place;
    const present = this.find(kind, at);
    const generation = (present?.generation ?? 0) + 1;
    const next = rule(kind, place.name, spec, { ...this.identity(kind, at, fresh), generation });
    return this.put({ ...next, namespace: at.namespace }, fresh);
  }

  private remove(kind: ObjectKind, place: Place): ChangeBatch[] {
    const at = {
      namespace: ['Namespace', 'ClusterEgressRule'].includes(kind) ? '' : place.namespace,
      name: kind === 'Namespace' ? place.namespace : kind === 'EndpointSlice' ? `${place.name}-1` : place.name,
    };
    const found = this.find(kind, at);
    return found === undefined ? [] : [this.observed.remove(found)];
  }

  /** A fresh object takes the name of the one that was there: that one goes first. */
  private put(object: ClusterObject, fresh = false): ChangeBatch[] {
    const present = fresh ? this.find(object.kind, object) : undefined;
    const gone = present === undefined || present.uid === object.uid ? [] : [this.observed.remove(present)];
    return [...gone, this.observed.upsert(object)];
  }

  /** The identity that the object by this name has, or a new one. */
  private identity(kind: ObjectKind, place: Place, fresh: boolean) {
    const present = this.find(kind, place);
    if (present !== undefined && !fresh) {
      return { namespace: place.namespace, uid: present.uid, createdAt: present.createdAt };
    }
    this.made += 1;
    const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, this.made)).toISOString().replace('.000', '');
    return {
      namespace: place.namespace,
      uid: `${this.name}/${kind}/${place.namespace}/${place.name}/${this.made}`,
      createdAt,
    };
  }

  private find(kind: 'Pod', place: Place): PodObject | undefined;
  private find(kind: ObjectKind, place: Place): ClusterObject | undefined;
  private find(kind: ObjectKind, { namespace: of, name }: Place): ClusterObject | undefined {
    return [...this.observed.objects.values()].find(
      (object) => object.kind === kind && object.namespace === of && object.name === name,
    );
  }
}
