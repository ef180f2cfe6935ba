import { commonTenant, type Configuration, tenantOfNamespace } from '#core/configuration';
import { type AcceptedDestination, type AcceptedRule } from '#core/desired';
import { type ParsedExternalService } from '#core/external-service';
import { type RuleObject } from '#core/objects';
import { firstProblems, type Problem } from '#core/problem';
import { isDenial, parseRule, type RuleSpec } from '#core/rule';

/** What a denial falls back to when it, or one of its external services, cannot be understood any more (promise 1). */
export interface RuleMemory {
  /** The last spec that was understood as a whole. */
  readonly spec: RuleSpec;
  /** By external service: what was declared of the pair last. */
  readonly forms: Readonly<Record<string, RememberedForm>>;
}

export interface RememberedForm {
  readonly destination: AcceptedDestination;
  /** Whether all of the external service was understood; if not, anything newer that is understood takes its place. */
  readonly complete: boolean;
}

/** What a rule is judged by. */
export interface Judgement {
  readonly configuration: Configuration;
  /** Where cluster rules find their external services. */
  readonly controllerNamespace: string;
  /** What its spec says, by the bandwidths of the configuration; undefined when there is none of that name. */
  readonly externalService: (namespace: string, name: string) => ParsedExternalService | undefined;
}

export interface Acceptance {
  /** Null when nothing of the rule can be declared anywhere. */
  readonly accepted: AcceptedRule | null;
  readonly memory: RuleMemory | null;
  /** Whether at least one of its external services is declared as the rule stands now. */
  readonly understood: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Accepts what can be understood of a rule. Of a permission, a pair of rule and external service that is not understood
 * is left out; of a denial, it keeps its last form (promise 1), also when the external service is gone (fault 6 of
 * CES 0.5), until the rule itself is deleted or no longer names it.
 * @param memory of the same rule before, null for a permission or a rule seen for the first time.
 */
export function acceptRule(object: RuleObject, judgement: Judgement, memory: RuleMemory | null): Acceptance {
  const parsed = parseRule(object);
  const spec = parsed.spec ?? memory?.spec ?? null;
  if (spec === null) return { accepted: null, memory: null, understood: false, problems: parsed.problems };

  const denial = isDenial(spec.action);
  const pairs = spec.externalServices.map((name) =>
    acceptPair(name, lookUp(name, object, judgement), denial, denial ? (memory?.forms[name] ?? null) : null),
  );
  const tenant = tenantOf(object, judgement.configuration);
  const problems = firstProblems([
    ...parsed.problems,
    ...(tenant === null ? [notConfigured(object.namespace)] : []),
    ...(spec.externalServices.length === 0 ? [noExternalServices] : []),
    ...pairs.flatMap((pair) => pair.problems),
    ...scopeRemarks(object, spec),
  ]);
  return {
    accepted: tenant === null ? null : acceptedRule(object, spec, tenant, judgement, pairs),
    memory: denial ? { spec, forms: formsOf(pairs) } : null,
    understood:
      parsed.spec !== null && tenant !== null && pairs.some((pair) => pair.form?.complete === true && pair.current),
    problems,
  };
}

/** The spec by which a rule is resolved: its own, or the one that a denial keeps. */
export function effectiveSpec(object: RuleObject, memory: RuleMemory | null): RuleSpec | null {
  return parseRule(object).spec ?? memory?.spec ?? null;
}

/** Where a rule's external services are looked up. */
export function externalServiceNamespace(object: RuleObject, controllerNamespace: string): string {
  return object.kind === 'ClusterEgressRule' ? controllerNamespace : object.namespace;
}

/** One external service of one rule. */
interface Pair {
  readonly externalService: string;
  /** What is declared of it, null when nothing is. */
  readonly form: RememberedForm | null;
  /** Whether the form is what the external service says now. */
  readonly current: boolean;
  readonly problems: readonly Problem[];
}

type LookedUp =
  | { readonly found: true; readonly parsed: ParsedExternalService }
  | { readonly found: false; readonly problem: Problem };

function lookUp(name: string, object: RuleObject, judgement: Judgement): LookedUp {
  const namespace = externalServiceNamespace(object, judgement.controllerNamespace);
  const parsed = judgement.externalService(namespace, name);
  if (parsed === undefined) {
    const message = `The external service "${name}" does not exist in the namespace "${namespace}"; create it or correct spec.externalServices.`;
    return { found: false, problem: { reason: 'UnknownExternalService', message } };
  }
  return { found: true, parsed };
}

function acceptPair(externalService: string, lookedUp: LookedUp, denial: boolean, before: RememberedForm | null): Pair {
  if (!lookedUp.found) return { externalService, form: before, current: false, problems: [lookedUp.problem] };
  const { destinations, problems } = lookedUp.parsed;
  const { addresses, domainNames, services } = destinations;
  const empty = addresses.length + domainNames.length === 0 || services.length === 0;
  const form = { destination: { externalService, addresses, domainNames, services }, complete: problems.length === 0 };
  if (form.complete && !empty) return { externalService, form, current: true, problems };
  if (!denial) return { externalService, form: null, current: false, problems };
  if (empty || before?.complete === true) return { externalService, form: before, current: false, problems };
  return { externalService, form, current: true, problems };
}

function acceptedRule(
  object: RuleObject,
  spec: RuleSpec,
  tenant: string,
  { configuration }: Judgement,
  pairs: readonly Pair[],
): AcceptedRule {
  const { kind, uid, namespace, name, createdAt } = object;
  const { action, logging, priority, source } = spec;
  return {
    cluster: configuration.clusterName,
    kind,
    uid,
    namespace,
    name,
    tenant,
    action,
    logging,
    priority,
    createdAt,
    source,
    destinations: pairs.flatMap(({ form }) => form?.destination ?? []),
  };
}

function formsOf(pairs: readonly Pair[]): RuleMemory['forms'] {
  return Object.fromEntries(
    pairs.flatMap(({ externalService, form }) => (form === null ? [] : [[externalService, form]])),
  );
}

/** The tenant that a rule is declared in, null when its namespace is in none. */
export function tenantOf(object: Pick<RuleObject, 'kind' | 'namespace'>, configuration: Configuration): string | null {
  return object.kind === 'ClusterEgressRule' ? commonTenant : tenantOfNamespace(configuration, object.namespace);
}

function notConfigured(namespace: string): Problem {
  return {
    reason: 'NamespaceNotConfigured',
    message: `No tenant of ces-conf.yaml lists the namespace "${namespace}"; add it to the namespaces of one.`,
  };
}

const noExternalServices: Problem = {
  reason: 'NoDestinations',
  message: 'spec.externalServices is empty; name at least one external service.',
};

/** The three policies sit one behind the other, and the last one ends in deny-all (reference: CES 0.5 contract, scopes). */
function scopeRemarks(object: RuleObject, spec: RuleSpec): Problem[] {
  const early = object.kind === 'ClusterEgressRule' || object.kind === 'NamespaceEgressRule';
  if (!early || spec.action !== 'accept') return [];
  const message =
    '"accept" at this level only passes traffic on to the policy of services and pods, which denies what none of its rules accepts; use accept-decisively to let it out.';
  return [{ reason: 'NoEffectAlone', message }];
}
