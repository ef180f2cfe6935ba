import { expect, it } from 'vitest';
import { unknownFields } from './unknown-fields.js';

it('names what is misspelt, wherever it stands', () => {
  expect(
    unknownFields('ExternalService', {
      addresses: ['192.0.2.1'],
      ports: [{ port: '80' }, { protocol: 'TCP', prot: '443' }],
    }),
  ).toEqual(['spec.ports[1].prot']);
  expect(
    unknownFields('PodEgressRule', { action: 'accept', podselector: {}, podSelector: { matchlabels: {} } }),
  ).toEqual(['spec.podselector', 'spec.podSelector.matchlabels']);
  expect(unknownFields('ServiceEgressRule', { constructor: 1 })).toEqual(['spec.constructor']);
});

it('has nothing to say of what is right, free, or no object', () => {
  const podSelector = { matchLabels: { anything: 'goes' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] };
  expect(
    unknownFields('PodEgressRule', { action: 'drop', externalServices: ['bank'], podSelector, priority: 1 }),
  ).toEqual([]);
  expect(unknownFields('Pod', { containers: [] })).toEqual([]);
  expect(unknownFields('ExternalService', 'nothing')).toEqual([]);
});
