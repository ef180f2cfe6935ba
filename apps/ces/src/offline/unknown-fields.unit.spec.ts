import { expect, it } from 'vitest';
import { specFields } from '#core/generated/resources';
import { type JsonValue } from '#core/json';
import { unknownFields } from './unknown-fields.js';

const inSpec = (kind: string, spec: JsonValue) => unknownFields(spec, specFields[kind] ?? null, 'spec');

it('names what is misspelt, wherever it stands', () => {
  expect(
    inSpec('ExternalService', { addresses: ['192.0.2.1'], ports: [{ port: '80' }, { protocol: 'TCP', prot: '443' }] }),
  ).toEqual(['spec.ports[1].prot']);
  expect(inSpec('PodEgressRule', { action: 'accept', podselector: {}, podSelector: { matchlabels: {} } })).toEqual([
    'spec.podselector',
    'spec.podSelector.matchlabels',
  ]);
  expect(inSpec('ServiceEgressRule', { constructor: 1 })).toEqual(['spec.constructor']);
});

it('has nothing to say of what is right, free, or no object', () => {
  const podSelector = { matchLabels: { anything: 'goes' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] };
  expect(inSpec('PodEgressRule', { action: 'drop', externalServices: ['bank'], podSelector, priority: 1 })).toEqual([]);
  expect(inSpec('Pod', { containers: [] })).toEqual([]);
  expect(inSpec('ExternalService', 'nothing')).toEqual([]);
});
