import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EgressRuleStatus, type ObjectMeta, type PodEgressRule } from '#core/generated/resources';
import { ruleKinds } from '#core/kinds';
import { actions } from '#core/rule';
import { nextStatus, type Programming, type RuleStatus } from '#core/status';
import { customResourceDefinitions, refusals, schemaOf, unknownFields } from './custom-resources.js';

describe('the vocabulary of the code and the custom resource definitions', () => {
  it('know the same rule kinds', () => {
    const kinds = [...customResourceDefinitions.keys()].filter((kind) => kind !== 'ExternalService');
    expect(kinds.sort()).toEqual([...ruleKinds].sort());
  });

  it.each(ruleKinds)('know the same actions of a %s', (kind) => {
    const action = schemaOf(kind).properties?.['spec']?.properties?.['action'];
    expect(new Set(z.array(z.string()).parse(action?.['enum']))).toEqual(new Set(actions));
  });

  it.each([
    { state: 'waiting', version: 0, message: 'The tenant is being declared.' },
    { state: 'programmed', version: 4 },
    { state: 'inactive', version: 4, reason: 'NoSources', message: 'Nobody is in the source set.' },
    { state: 'failed', version: 4, reason: 'DeviceRefused', message: '01070734:3' },
    { state: 'quarantined', version: 4, message: '01070734:3' },
  ] satisfies Programming[])('a status of a rule that is $state is stored whole', (programming) => {
    const object = { ...rule, status: written(programming) };
    expect(refusals('PodEgressRule', object)).toEqual([]);
    expect(unknownFields(schemaOf('PodEgressRule'), object)).toEqual([]);
  });
});

const metadata: ObjectMeta & { namespace: string } = {
  name: 'web-to-bank',
  namespace: 'shop',
  uid: '7d3a5c1e-0000-4000-8000-000000000001',
  resourceVersion: '41',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

const rule: PodEgressRule = {
  apiVersion: 'kubeovn.io/v1alpha1',
  kind: 'PodEgressRule',
  metadata,
  spec: { action: 'accept', externalServices: ['bank'], podSelector: { matchLabels: { app: 'web' } }, priority: 5 },
};

/** What the watcher writes, as the type that the definitions give. */
function written(programming: Programming): EgressRuleStatus {
  const facts = { generation: 3, accepted: true, problems: [], addresses: 2, programming };
  const { conditions, ...status }: RuleStatus = nextStatus(null, facts, new Date('2026-01-01T00:00:01Z'));
  return { ...status, conditions: [...conditions] };
}
