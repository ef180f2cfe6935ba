import { type Change } from '#core/change';
import { type DesiredRule } from '#core/desired';
import { objectKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { ClusterModel, type Effects } from '#project/domain/cluster-model';
import { desiredTenants } from '#project/domain/desired-tenants';
import { type ClusterEvent, type ConfigurationChanged, judgement } from '#project/domain/events';
import { factsOf } from '#project/domain/rule-state';
import { configurationText } from './objects.js';

/** A cluster's model under test: given what there is, when something happens, then this is desired. */
export class ClusterSpec {
  readonly model = new ClusterModel();

  /** A cluster that is complete and configured, with these objects. */
  static given(...objects: readonly ClusterObject[]): ClusterSpec {
    return ClusterSpec.configured(configurationText(), ...objects);
  }

  static configured(text: string, ...objects: readonly ClusterObject[]): ClusterSpec {
    const spec = new ClusterSpec();
    spec.when(
      configured(text),
      ...objects.map(put),
      ...objectKinds.map((kind) => ({ type: 'kind-synced', kind }) as const),
    );
    return spec;
  }

  /** One batch of events. */
  when(...events: readonly ClusterEvent[]): Effects {
    for (const event of events) this.model.apply(event);
    return this.model.settle();
  }

  put(...objects: readonly ClusterObject[]): Effects {
    return this.when(...objects.map(put));
  }

  delete(...objects: readonly ClusterObject[]): Effects {
    return this.when(...objects.map(gone));
  }

  /** The rule by that name, as it is to be declared; undefined when nothing of it is. */
  desired(name: string): DesiredRule | undefined {
    return desiredTenants(this.model)
      .flatMap((tenant) => tenant.rules)
      .find((rule) => rule.name === name);
  }

  /** Its addresses, null when it applies to everyone. */
  prefixes(name: string): readonly string[] | null | undefined {
    return this.desired(name)?.prefixes;
  }

  /** `externalService: addresses` of what is declared of it. */
  destinations(name: string): readonly string[] | undefined {
    return this.desired(name)?.destinations.map(
      (pair) => `${pair.externalService}: ${[...pair.addresses, ...pair.domainNames].join(' ')}`,
    );
  }

  /** The reasons of its problems, in order. */
  problems(name: string): readonly string[] {
    return this.facts(name).problems.map(({ reason }) => reason);
  }

  facts(name: string) {
    for (const state of this.model.rules()) if (state.object.name === name) return factsOf(state);
    throw new Error(`no rule "${name}"`);
  }
}

export function put(object: ClusterObject): Change {
  return { type: 'upsert', object };
}

export function gone({ kind, uid, namespace, name, resourceVersion }: ClusterObject): Change {
  return { type: 'delete', kind, uid, namespace, name, resourceVersion: String(BigInt(resourceVersion) + 1n) };
}

export function configured(text = configurationText(), controllerNamespace = 'kube-system'): ConfigurationChanged {
  return { type: 'configuration-changed', text, controllerNamespace, judgement };
}
