import { type StreamMessage } from '#core/change';
import { type ClusterObject } from '#core/objects';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from './message-codec.js';

const identity = { uid: 'uid', namespace: 'shop', name: 'web' };
const observation = {
  ...identity,
  resourceVersion: '18446744073709551615',
  generation: 3,
  createdAt: null,
  manager: 'kubectl',
};
const rule = { ...observation, content: { spec: { action: 'accept', ports: [1, null, { deep: true }] } } };
const objects: readonly ClusterObject[] = [
  { kind: 'Namespace', ...observation, namespace: '', content: { labels: { team: 'a' }, cidr: '10.1.0.0/16' } },
  {
    kind: 'Pod',
    ...observation,
    content: { labels: {}, addresses: ['10.1.2.3', 'fd00::1'], hostNetwork: false, finished: true, owner: null },
  },
  { kind: 'Service', ...observation, content: { hasSelector: true } },
  {
    kind: 'EndpointSlice',
    ...observation,
    content: {
      service: 'web',
      endpoints: [
        { addresses: ['10.1.2.3'], pod: { namespace: 'shop', name: 'web-1', uid: null } },
        { addresses: [], pod: null },
      ],
    },
  },
  { kind: 'ExternalService', ...rule },
  { kind: 'ClusterEgressRule', ...rule },
  { kind: 'NamespaceEgressRule', ...rule },
  { kind: 'ServiceEgressRule', ...rule },
  { kind: 'PodEgressRule', ...rule, createdAt: '2026-01-02T03:04:05Z', manager: null },
];

const header = { version: 1, cluster: 'east', observedAt: '2026-01-02T03:04:05.678+01:00' } as const;
const batch: StreamMessage = {
  ...header,
  form: 'changes',
  spans: [{ kind: 'Pod', from: '7', to: '9' }],
  changes: [
    ...objects.map((object) => ({ type: 'upsert' as const, object })),
    { type: 'delete', kind: 'Pod', ...identity, resourceVersion: '9' },
  ],
};
const snapshot: StreamMessage = {
  ...header,
  form: 'snapshot',
  snapshotId: '5b6a',
  kind: 'Pod',
  index: 0,
  last: true,
  resourceVersion: '9',
  authoritative: false,
  objects,
};
const configuration: StreamMessage = { ...header, form: 'configuration', text: 'clusterName: east\n' };

describe('decodeMessage', () => {
  it.each([
    ['changes', batch],
    ['a bookmark', { ...batch, changes: [] }],
    ['a snapshot', snapshot],
    ['a configuration', configuration],
  ])('gives back %s as they were encoded', (_name, sent) => {
    expect(decodeMessage(encodeMessage(sent), 'east')).toEqual({ outcome: 'message', message: sent });
  });

  it('drops what it does not know', () => {
    const text = JSON.stringify({ ...configuration, more: 1 });
    expect(decodeMessage(text, 'east')).toEqual({ outcome: 'message', message: configuration });
  });

  it.each<[unknown, string]>([
    [undefined, 'expected the text of a message, found a value of type undefined'],
    [null, 'expected the text of a message, found null'],
    [[], 'expected the text of a message, found an array'],
    ['', 'expected JSON, found text of 0 characters that is none'],
    ['{"version":1', 'expected JSON, found text of 12 characters that is none'],
    ['[]', 'expected an object with a version, found an array'],
    ['{}', 'expected an object with a version, found a value of type object'],
    ['{"version":2}', 'expected version 1, found 2; run watcher and projector of the same CES version'],
    ['{"version":"1"}', 'expected version 1, found "1"; run watcher and projector of the same CES version'],
  ])('says what is wrong with %j', (data, reason) => {
    expect(decodeMessage(data, 'east')).toEqual({ outcome: 'unreadable', reason });
  });

  it('refuses a message of another cluster', () => {
    expect(decodeMessage(encodeMessage(configuration), 'west')).toEqual({
      outcome: 'unreadable',
      reason: 'expected a message of cluster west, found one of east',
    });
  });

  it.each([
    ['form', { ...configuration, form: 'gossip' }],
    ['observedAt', { ...configuration, observedAt: 'yesterday' }],
    ['spans.0.from', { ...batch, spans: [{ kind: 'Pod', from: '-1', to: '9' }] }],
    ['spans.0.kind', { ...batch, spans: [{ kind: 'Secret', from: '1', to: '9' }] }],
    ['changes.0.resourceVersion', { ...batch, changes: [{ type: 'delete', kind: 'Pod', ...identity }] }],
    ['changes.0.object.content', { ...batch, changes: [{ type: 'upsert', object: { kind: 'Pod', ...rule } }] }],
    ['objects.0.content.spec', { ...snapshot, objects: [{ kind: 'PodEgressRule', ...observation, content: {} }] }],
    ['index', { ...snapshot, index: -1 }],
  ])('names the place of a fault: %s', (place, sent) => {
    const decoded = decodeMessage(JSON.stringify(sent), 'east');
    expect(decoded).toMatchObject({ outcome: 'unreadable' });
    expect(decoded.outcome === 'unreadable' && decoded.reason).toContain(`not a message of version 1: ${place}`);
  });

  it('shows the first faults only', () => {
    const changes = Array.from({ length: 500 }, () => ({ type: 'delete', kind: 'Pod', ...identity }));
    const decoded = decodeMessage(JSON.stringify({ ...batch, changes }), 'east');
    expect(decoded.outcome === 'unreadable' && decoded.reason).toMatch(/and 497 more$/);
  });
});
