import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { type RuleKind } from './kinds.js';
import { type RuleObject } from './objects.js';
import { type Problem } from './problem.js';
import { type LabelSelector, type ParsedSelector, parseSelector } from './selector.js';

export const actions = ['accept', 'accept-decisively', 'drop', 'reject'] as const;
export type Action = (typeof actions)[number];

/** Denials keep their last accepted form when they cannot be understood; permissions are left out (promise 1). */
export function isDenial(action: Action): boolean {
  return action === 'drop' || action === 'reject';
}

/** What a rule applies to, before it is turned into addresses. */
export type SourceSelector =
  | { readonly type: 'everyone' }
  | { readonly type: 'namespaces'; readonly selector: LabelSelector }
  | { readonly type: 'namespace'; readonly namespace: string }
  | { readonly type: 'service'; readonly namespace: string; readonly service: string }
  | { readonly type: 'pods'; readonly namespace: string; readonly selector: LabelSelector };

/** `spec.priority`: lower comes first. The schema of the resources has the same limits. */
const defaultPriority = 1000;
const highestPriority = 1_000_000;

/** A rule as its author wrote it, understood as a whole. */
export interface RuleSpec {
  readonly action: Action;
  readonly logging: boolean;
  readonly priority: number;
  readonly source: SourceSelector;
  /** Names of external services, in the author's order, each once. */
  readonly externalServices: readonly string[];
}

/** `spec` is null when nothing of the rule can be trusted: then `problems` says why. */
export interface ParsedRule {
  readonly spec: RuleSpec | null;
  readonly problems: readonly Problem[];
}

/** Reads the spec of any rule kind. An unknown field is no error (the API server prunes them), a wrong known one is. */
export function parseRule(object: RuleObject): ParsedRule {
  const { spec } = object.content;
  if (!isJsonObject(spec)) return refused('The rule has no spec; add spec.action and spec.externalServices.');
  const action = actions.find((known) => known === spec['action']);
  if (action === undefined) {
    return refused(`spec.action ${quoted(spec['action'])} is not one of ${actions.join(', ')}.`);
  }
  const externalServices = nameList(spec['externalServices']);
  if (externalServices === null) return refused('spec.externalServices must be a list of names.');
  const priority = spec['priority'] ?? defaultPriority;
  if (typeof priority !== 'number' || !Number.isInteger(priority) || priority < 0 || priority > highestPriority) {
    return refused(`spec.priority ${quoted(priority)} is not a whole number from 0 to ${highestPriority}.`);
  }
  const source = parseSource(object.kind, object.namespace, spec);
  if ('error' in source) return { spec: null, problems: [{ reason: 'InvalidSelector', message: source.error }] };
  const logging = spec['logging'] ?? false;
  if (typeof logging !== 'boolean') return refused(`spec.logging ${quoted(logging)} is neither true nor false.`);
  return { spec: { action, logging, priority, source: source.source, externalServices }, problems: [] };
}

type ParsedSource = { readonly source: SourceSelector } | { readonly error: string };

function parseSource(kind: RuleKind, namespace: string, spec: JsonObject): ParsedSource {
  switch (kind) {
    case 'ClusterEgressRule': {
      if (spec['namespaceSelector'] === undefined) return { source: { type: 'everyone' } };
      const parsed = parseNonEmptySelector(spec['namespaceSelector']);
      if ('error' in parsed) return { error: `spec.namespaceSelector: ${parsed.error}.` };
      return { source: { type: 'namespaces', selector: parsed.selector } };
    }
    case 'NamespaceEgressRule':
      return { source: { type: 'namespace', namespace } };
    case 'ServiceEgressRule': {
      const service = spec['service'];
      if (typeof service !== 'string' || service === '') return { error: 'spec.service must name a Service.' };
      return { source: { type: 'service', namespace, service } };
    }
    case 'PodEgressRule': {
      const parsed = parseNonEmptySelector(spec['podSelector']);
      if ('error' in parsed) return { error: `spec.podSelector: ${parsed.error}.` };
      return { source: { type: 'pods', namespace, selector: parsed.selector } };
    }
  }
}

/** An empty selector would select everything: more than a slip of the pen may ever do (promise 1). */
function parseNonEmptySelector(value: JsonValue | undefined): ParsedSelector {
  const parsed = parseSelector(value);
  if ('error' in parsed || parsed.selector.requirements.length > 0) return parsed;
  return { error: 'an empty selector would select everything; name at least one label' };
}

function nameList(value: JsonValue | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  const names = (value as readonly JsonValue[]).filter((name) => typeof name === 'string');
  return names.length === value.length ? [...new Set(names)] : null;
}

function refused(message: string): ParsedRule {
  return { spec: null, problems: [{ reason: 'InvalidSpec', message }] };
}

function quoted(value: JsonValue | undefined): string {
  return value === undefined ? '(missing)' : JSON.stringify(value).slice(0, 80);
}
