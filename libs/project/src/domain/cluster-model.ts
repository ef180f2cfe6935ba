import { type Change } from '#core/change';
import { type Configuration, commonTenant } from '#core/configuration';
import { type ObjectKind, objectKinds } from '#core/kinds';
import { type ClusterObject, type PodObject, type RuleObject } from '#core/objects';
import { acceptRule, effectiveSpec, externalServiceNamespace, type Judgement, tenantOf } from './accept-rule.js';
import { type Configured, understand } from './configured.js';
import {
  type ClusterEvent,
  type ConfigurationChanged,
  type IncarnationBegan,
  type KindSynced,
  type RulesPinned,
  type TenantForgotten,
} from './events.js';
import { annotatedPrefixes, objectKey, ObjectStore } from './object-store.js';
import { isPinKey, type PinnedChange, type PinnedForm, PinnedForms, pinKey, type PinnedState } from './pinned-forms.js';
import { RuleIndex } from './rule-index.js';
import { noGrants, type RuleSources, sourcesOf } from './rule-sources.js';
import { changeBetween, type RuleChange } from './rule-change.js';
import { type RuleState } from './rule-state.js';

/** What a batch of events changed. */
export interface Effects {
  /** Rules whose state is another one now. */
  readonly rules: readonly RuleChange[];
  /** Pinned forms whose addresses are others now. */
  readonly pinned: readonly PinnedChange[];
  /** Tenants whose desired state may be another one now, sorted. */
  readonly tenants: readonly string[];
}

/** An event that a model has taken in, with what was there before it; null when nothing was. */
export type AppliedEvent =
  | { readonly event: Change; readonly before: ClusterObject | null }
  | { readonly event: ConfigurationChanged; readonly before: ConfigurationChanged | null }
  | { readonly event: KindSynced | IncarnationBegan | RulesPinned | TenantForgotten };

/** What a model is continued from. */
export interface StoredModel {
  readonly configuration: ConfigurationChanged | null;
  readonly retired: Readonly<Record<string, string>>;
  readonly synced: readonly ObjectKind[];
  readonly objects: Iterable<ClusterObject>;
  readonly rules: Iterable<RuleState>;
  readonly pinned: Iterable<PinnedState>;
}

/**
 * The state of one cluster, and the one way in which it evolves: `apply` takes in events, `settle` ends a batch of them by
 * resolving the rules that they touch, and those only. The same events in the same batches always give the same state, so
 * this is live projection, replay, and `ces compile` without a database alike.
 *
 * Rules are resolved from the moment on when there is a configuration and every kind had its first snapshot: before that,
 * what seems to be missing may just not have been listed yet.
 */
export class ClusterModel {
  readonly objects = new ObjectStore();
  private readonly states = new Map<string, RuleState>();
  private readonly pins = new PinnedForms();
  private readonly index = new RuleIndex();
  private readonly syncedKinds = new Set<ObjectKind>();
  private readonly retiredTenants = new Map<string, string>();
  private readonly dirtyForms = new Set<string>();
  private readonly dirtySources = new Set<string>();
  private readonly dirtyTenants = new Set<string>();
  private configured: Configured | null = null;

  static restore(stored: StoredModel): ClusterModel {
    const model = new ClusterModel();
    if (stored.configuration !== null) model.configured = understand(stored.configuration);
    for (const [tenant, text] of Object.entries(stored.retired)) model.retiredTenants.set(tenant, text);
    for (const kind of stored.synced) model.syncedKinds.add(kind);
    for (const object of stored.objects) model.objects.put(object);
    for (const state of stored.rules) {
      model.states.set(state.object.uid, state);
      model.follow(state);
    }
    for (const state of stored.pinned) {
      model.pins.restore(state);
      model.followPinned(pinKey(state.rule));
    }
    return model;
  }

  get configuration(): Configuration | null {
    return this.configured?.configuration ?? null;
  }

  get configurationEvent(): ConfigurationChanged | null {
    return this.configured?.event ?? null;
  }

  /** Tenants that earlier configurations named and this one does not, each with the text of its last configuration. */
  get retired(): ReadonlyMap<string, string> {
    return this.retiredTenants;
  }

  get complete(): boolean {
    return objectKinds.every((kind) => this.syncedKinds.has(kind));
  }

  rules(): Iterable<RuleState> {
    return this.states.values();
  }

  rule(uid: string): RuleState | undefined {
    return this.states.get(uid);
  }

  pinnedForms(): Iterable<PinnedForm> {
    return this.pins.all();
  }

  /** The rules that tenants are pinned to, in their earlier forms, with the addresses that these apply to now. */
  pinnedRules(): Iterable<PinnedState> {
    return this.pins.states();
  }

  /** Takes in one event, and gives what it replaced. */
  apply(event: ClusterEvent): AppliedEvent {
    switch (event.type) {
      case 'upsert': {
        const before = this.objects.get(event.object.kind, event.object.uid) ?? null;
        this.objects.put(event.object);
        if (before !== null) this.touch(before);
        this.touch(event.object);
        return { event, before };
      }
      case 'delete': {
        const before = this.objects.get(event.kind, event.uid) ?? null;
        this.objects.remove(event.kind, event.uid);
        if (before !== null) this.touch(before);
        return { event, before };
      }
      case 'kind-synced':
        this.syncedKinds.add(event.kind);
        if (this.complete) this.touchEverything();
        return { event };
      case 'incarnation-began':
        return { event };
      case 'configuration-changed': {
        const before = this.configurationEvent;
        this.configure(event);
        return { event, before };
      }
      case 'rules-pinned': {
        const keys = this.pins.replace(event.tenant, event.rules);
        for (const key of keys) this.followPinned(key);
        this.touchSources(keys);
        this.dirtyTenants.add(event.tenant);
        return { event };
      }
      case 'tenant-forgotten':
        this.retiredTenants.delete(event.tenant);
        return { event };
    }
  }

  /** Ends a batch: the rules that it touched are resolved, and what that changed is given. */
  settle(): Effects {
    const resolvable = this.complete ? this.configured : null;
    const changes = resolvable === null ? [] : this.resolveTouched(resolvable);
    const pinned = resolvable === null ? [] : this.resolvePinned(resolvable);
    for (const { tenant } of pinned) this.dirtyTenants.add(tenant);
    for (const { before, after, declarationChanged } of changes) {
      if (!declarationChanged) continue;
      for (const state of [before, after]) if (state?.accepted) this.dirtyTenants.add(state.accepted.tenant);
    }
    const tenants = this.complete ? [...this.dirtyTenants].sort() : [];
    for (const touched of [this.dirtyForms, this.dirtySources, this.dirtyTenants]) touched.clear();
    return { rules: changes, pinned, tenants };
  }

  private configure(event: ConfigurationChanged): void {
    const next = understand(event);
    // A text that a later version of the parser refuses changes nothing: the last good one stays.
    if (next === null) return;
    const before = this.configured;
    for (const tenant of before === null ? [] : tenantsOf(before.configuration)) {
      this.retiredTenants.set(tenant, before?.event.text ?? '');
    }
    for (const tenant of tenantsOf(next.configuration)) this.retiredTenants.delete(tenant);
    this.configured = next;
    this.touchEverything();
  }

  private touchEverything(): void {
    for (const rule of this.objects.rules()) this.dirtyForms.add(rule.uid);
    this.touchSources(this.pins.keys());
    if (this.configured === null) return;
    for (const tenant of tenantsOf(this.configured.configuration)) this.dirtyTenants.add(tenant);
    for (const tenant of this.retiredTenants.keys()) this.dirtyTenants.add(tenant);
  }

  /** Marks the rules that depend on an object, as it was or as it is. */
  private touch(object: ClusterObject): void {
    switch (object.kind) {
      case 'Namespace':
        this.touchSources(this.index.ofNamespace(object));
        for (const prefix of annotatedPrefixes(object)) {
          for (const other of this.objects.namespacesWith(prefix)) this.touchSources(this.index.ofNamespace(other));
        }
        break;
      case 'Pod':
        this.touchPod(object);
        break;
      case 'Service':
        this.touchSources(this.index.ofService(object.namespace, object.name));
        break;
      case 'EndpointSlice':
        if (object.content.service !== null) {
          this.touchSources(this.index.ofService(object.namespace, object.content.service));
        }
        break;
      case 'ExternalService':
        for (const uid of this.index.ofExternalService(object.namespace, object.name)) this.dirtyForms.add(uid);
        break;
      case 'ClusterEgressRule':
      case 'NamespaceEgressRule':
      case 'ServiceEgressRule':
      case 'PodEgressRule':
        this.dirtyForms.add(object.uid);
        break;
    }
  }

  private touchPod(pod: PodObject): void {
    this.touchSources(this.index.ofPod(pod));
    for (const { content } of this.objects.endpointSlicesNaming(pod)) {
      if (content.service !== null) this.touchSources(this.index.ofService(pod.namespace, content.service));
    }
    const namespace = this.objects.namespace(pod.namespace);
    const annotated = namespace?.content.cidr !== null && this.configuration?.namespaceSource !== 'pods';
    if (namespace !== undefined && !annotated) this.touchSources(this.index.ofNamespace(namespace));
  }

  private touchSources(rules: Iterable<string>): void {
    for (const uid of rules) this.dirtySources.add(uid);
  }

  private resolveTouched(configured: Configured): RuleChange[] {
    const changes: RuleChange[] = [];
    for (const uid of [...new Set([...this.dirtyForms, ...this.dirtySources])].sort()) {
      if (isPinKey(uid)) continue;
      const before = this.states.get(uid) ?? null;
      const object = this.objects.rule(uid);
      const after = object === undefined ? null : this.resolve(object, before, configured);
      if (after === null) this.forget(uid);
      else {
        this.states.set(uid, after);
        if (this.dirtyForms.has(uid)) this.follow(after);
      }
      const change = changeBetween(before, after);
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  /** A form whose tenant is another one today, or none, applies to nobody: its addresses are not that tenant's any more. */
  private resolvePinned({ configuration, sourceOptions }: Configured): PinnedChange[] {
    const keys = [...this.dirtySources].filter(isPinKey).sort();
    return this.pins.settle(
      keys,
      ({ rule }, before) =>
        tenantOf(rule, configuration) === rule.tenant
          ? sourcesOf(rule, this.objects, sourceOptions, before).grants
          : noGrants,
      ({ rule }) => this.states.get(rule.uid)?.grants ?? noGrants,
    );
  }

  private resolve(object: RuleObject, before: RuleState | null, configured: Configured): RuleState {
    const form = before !== null && !this.dirtyForms.has(object.uid) ? before : this.judge(object, before, configured);
    const { accepted } = form;
    const sources: RuleSources =
      accepted === null
        ? { grants: noGrants, problems: [] }
        : sourcesOf(accepted, this.objects, configured.sourceOptions, before?.grants ?? noGrants);
    return { ...form, sourceProblems: sources.problems, grants: sources.grants };
  }

  private judge(
    object: RuleObject,
    before: RuleState | null,
    configured: Configured,
  ): Omit<RuleState, 'sourceProblems' | 'grants'> {
    const judgement: Judgement = {
      configuration: configured.configuration,
      controllerNamespace: configured.event.controllerNamespace,
      externalService: (namespace, name) => {
        const object = this.objects.externalService(namespace, name);
        return object === undefined ? undefined : configured.read(object);
      },
    };
    const { accepted, memory, understood, problems } = acceptRule(object, judgement, before?.memory ?? null);
    return { object, accepted, memory, understood, formProblems: problems };
  }

  /** Has the rule found by what it depends on. */
  private follow({ object, memory }: RuleState): void {
    const spec = effectiveSpec(object, memory);
    const namespace = externalServiceNamespace(object, this.configured?.event.controllerNamespace ?? '');
    if (spec === null) this.index.delete(object.uid);
    else {
      const externalServices = spec.externalServices.map((name) => objectKey(namespace, name));
      this.index.set(object.uid, { source: spec.source, externalServices });
    }
  }

  private followPinned(key: string): void {
    const form = this.pins.get(key);
    if (form === undefined) this.index.delete(key);
    else this.index.set(key, { source: form.rule.source, externalServices: [] });
  }

  private forget(uid: string): void {
    this.states.delete(uid);
    this.index.delete(uid);
  }
}

/** The tenants that a configuration can put rules into. */
export function tenantsOf(configuration: Configuration): readonly string[] {
  return configuration.routeDomains ? configuration.tenants.map((tenant) => tenant.name) : [commonTenant];
}
