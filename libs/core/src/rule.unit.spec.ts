import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from './json.js';
import { type RuleKind } from './kinds.js';
import { isDenial, parseRule } from './rule.js';

function parsed(spec: JsonValue, kind: RuleKind = 'ServiceEgressRule') {
  const namespace = kind === 'ClusterEgressRule' ? '' : 'shop';
  const observed = {
    uid: 'u',
    namespace,
    name: 'r',
    resourceVersion: '1',
    generation: 1,
    createdAt: null,
    manager: null,
  };
  return parseRule({ kind, ...observed, content: { spec } });
}

const valid: JsonObject = { action: 'accept', service: 'web', externalServices: ['bank'] };

describe('a rule as CES 0.5 knows it', () => {
  it('is understood with its defaults', () => {
    expect(parsed(valid)).toEqual({
      spec: {
        action: 'accept',
        logging: false,
        priority: 1000,
        source: { type: 'service', namespace: 'shop', service: 'web' },
        externalServices: ['bank'],
      },
      problems: [],
    });
  });

  it('keeps the order of its external services, each once', () => {
    expect(parsed({ ...valid, externalServices: ['b', 'a', 'b'] }).spec?.externalServices).toEqual(['b', 'a']);
  });

  it('applies to its namespace', () => {
    expect(parsed(valid, 'NamespaceEgressRule').spec?.source).toEqual({ type: 'namespace', namespace: 'shop' });
  });

  it('applies to everyone as a cluster rule', () => {
    expect(parsed(valid, 'ClusterEgressRule').spec?.source).toEqual({ type: 'everyone' });
  });
});

describe('a rule of a newer kind', () => {
  it('selects pods', () => {
    const source = parsed({ ...valid, podSelector: { matchLabels: { app: 'web' } } }, 'PodEgressRule').spec?.source;
    expect(source).toMatchObject({ type: 'pods', namespace: 'shop' });
  });

  it('selects namespaces', () => {
    const source = parsed({ ...valid, namespaceSelector: { matchLabels: { team: 'a' } } }, 'ClusterEgressRule').spec
      ?.source;
    expect(source).toMatchObject({ type: 'namespaces' });
  });
});

describe('a rule that is wrong', () => {
  it.each<[string, JsonValue]>([
    ['no spec', null],
    ['an unknown action', { ...valid, action: 'allow' }],
    ['an action in another case', { ...valid, action: 'Accept' }],
    ['no action', { externalServices: [] }],
    ['external services that are no list', { ...valid, externalServices: 'bank' }],
    ['an external service that is no name', { ...valid, externalServices: [1] }],
    ['a priority that is no whole number', { ...valid, priority: 1.5 }],
    ['a priority below the lowest', { ...valid, priority: -1 }],
    ['a priority above the highest', { ...valid, priority: 1_000_001 }],
    ['logging that is neither', { ...valid, logging: 'yes' }],
  ])('promise 1: %s makes nothing of it count', (_, spec) => {
    const { spec: understood, problems } = parsed(spec);
    expect(understood).toBeNull();
    expect(problems).toMatchObject([{ reason: 'InvalidSpec' }]);
  });

  it.each<[string, RuleKind, JsonObject]>([
    ['a service rule without a service', 'ServiceEgressRule', { action: 'accept', externalServices: [] }],
    ['a pod rule without a selector', 'PodEgressRule', { action: 'accept', externalServices: [] }],
    ['a pod rule with a selector that is not understood', 'PodEgressRule', { ...valid, podSelector: { app: 'web' } }],
    ['a pod selector without requirements', 'PodEgressRule', { ...valid, podSelector: {} }],
    ['a namespace selector without requirements', 'ClusterEgressRule', { ...valid, namespaceSelector: {} }],
    ['a namespace selector that is null', 'ClusterEgressRule', { ...valid, namespaceSelector: null }],
  ])('promise 1: %s applies to nobody', (_, kind, spec) => {
    expect(parsed(spec, kind)).toMatchObject({ spec: null, problems: [{ reason: 'InvalidSelector' }] });
  });

  it('says what it found, and what would be right', () => {
    const [problem] = parsed({ ...valid, action: 'allow' }).problems;
    expect(problem?.message).toBe('spec.action "allow" is not one of accept, accept-decisively, drop, reject.');
  });

  it('passes over fields that it does not know', () => {
    expect(parsed({ ...valid, colour: 'red' }).spec).not.toBeNull();
  });
});

describe('an action', () => {
  it('denies or permits', () => {
    expect((['accept', 'accept-decisively', 'drop', 'reject'] as const).map(isDenial)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
