import { describe, expect, it } from 'vitest';
import { type JsonValue } from '#core/json';
import { type ObjectKind, ruleKinds } from '#core/kinds';
import { rawEndpointSlice, rawNamespace, rawPod, rawPodRule, rawService } from '#testing/watch/raw-objects';
import { prune } from './prune.js';

const contentOf = (kind: ObjectKind, raw: JsonValue) => {
  const pruned = prune(kind, raw);
  if (pruned.result !== 'object') throw new Error(`not an object: ${pruned.reason}`);
  return pruned.object.content;
};

describe('prune', () => {
  it('keeps of a pod what decides about its addresses, and who wrote and owns it', () => {
    expect(prune('Pod', rawPod())).toEqual({
      result: 'object',
      object: {
        kind: 'Pod',
        uid: 'pod-uid-1',
        namespace: 'shop',
        name: 'web-1',
        resourceVersion: '100',
        generation: 0,
        createdAt: '2026-01-01T00:00:00Z',
        manager: 'kube-controller-manager',
        content: {
          labels: { app: 'web' },
          addresses: ['10.1.2.3'],
          hostNetwork: false,
          finished: false,
          owner: 'ReplicaSet/web-7d9f',
        },
      },
    });
  });

  it('takes both families, and falls back to podIP where there is no list', () => {
    const both = { podIPs: [{ ip: '10.1.2.3' }, { ip: 'fd00::3' }] };
    expect(contentOf('Pod', rawPod({ status: both }))).toMatchObject({ addresses: ['10.1.2.3', 'fd00::3'] });
    expect(contentOf('Pod', rawPod({ status: { podIPs: null } }))).toMatchObject({ addresses: ['10.1.2.3'] });
    expect(contentOf('Pod', rawPod({ status: { podIPs: null, podIP: null } }))).toMatchObject({ addresses: [] });
  });

  it.each(['Succeeded', 'Failed'])('promise 2: a pod that is %s is finished', (phase) => {
    expect(contentOf('Pod', rawPod({ status: { phase } }))).toMatchObject({ finished: true });
  });

  it('tells a pod of the host network', () => {
    expect(contentOf('Pod', rawPod({ spec: { hostNetwork: true } }))).toMatchObject({ hostNetwork: true });
  });

  it('keeps the labels of a namespace and the addresses that its annotation names', () => {
    const annotations = { 'ovn.kubernetes.io/cidr': '10.1.0.0/16,fd00::/64', other: 'x' };
    expect(contentOf('Namespace', rawNamespace({ metadata: { annotations } }))).toEqual({
      labels: { 'kubernetes.io/metadata.name': 'shop' },
      cidr: '10.1.0.0/16,fd00::/64',
    });
    expect(contentOf('Namespace', rawNamespace())).toMatchObject({ cidr: null });
  });

  it('tells a service with a selector from one without', () => {
    expect(contentOf('Service', rawService())).toEqual({ hasSelector: true });
    expect(contentOf('Service', rawService({ spec: { selector: null } }))).toEqual({ hasSelector: false });
  });

  it('keeps the endpoints of a slice, ready or not, and whose they are', () => {
    const endpoints = [
      {
        addresses: ['10.1.2.3'],
        conditions: { ready: false },
        targetRef: { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'u' },
      },
      { addresses: ['192.0.2.1'] },
      { addresses: ['192.0.2.2'], targetRef: { kind: 'Node', name: 'n' } },
    ];
    expect(contentOf('EndpointSlice', rawEndpointSlice({ members: { endpoints } }))).toEqual({
      service: 'web',
      endpoints: [
        { addresses: ['10.1.2.3'], pod: { namespace: 'shop', name: 'a', uid: 'u' } },
        { addresses: ['192.0.2.1'], pod: null },
        { addresses: ['192.0.2.2'], pod: null },
      ],
    });
  });

  it('gives a slice of domain names no endpoints', () => {
    const members = { addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] };
    expect(contentOf('EndpointSlice', rawEndpointSlice({ members }))).toMatchObject({ endpoints: [] });
  });

  it('takes null for empty, as old API servers write it', () => {
    const members = { endpoints: null };
    const slice = rawEndpointSlice({ metadata: { labels: null }, members });
    expect(contentOf('EndpointSlice', slice)).toEqual({ service: null, endpoints: [] });
  });

  it.each([...ruleKinds, 'ExternalService'] as const)('keeps the whole spec of a %s, however wrong it is', (kind) => {
    const nonsense = { action: 7, externalServices: 'all', more: [null] };
    expect(contentOf(kind, { ...rawPodRule(), spec: nonsense })).toEqual({ spec: nonsense });
    expect(contentOf(kind, { ...rawPodRule(), spec: 'text' })).toEqual({ spec: 'text' });
    const { spec: _, ...without } = rawPodRule();
    expect(contentOf(kind, without)).toEqual({ spec: null });
  });

  it('drops the status of a rule: writing it must not look like a change', () => {
    const before = contentOf('PodEgressRule', rawPodRule());
    expect(contentOf('PodEgressRule', rawPodRule({ status: { phase: 'Success' } }))).toEqual(before);
  });

  it.each<[ObjectKind, JsonValue, string]>([
    ['Pod', rawPod({ status: { podIPs: 'many' } }), 'status.podIPs is not a list'],
    ['Pod', rawPod({ status: { podIPs: [7] } }), 'status.podIPs[0] is not an object'],
    ['Pod', rawPod({ status: { podIPs: [{ ip: 7 }] } }), 'status.podIPs[0].ip is not a text'],
    ['Pod', rawPod({ metadata: { labels: { app: 7 } } }), 'metadata.labels.app is not a text'],
    ['Pod', rawPod({ spec: { hostNetwork: 'yes' } }), 'spec.hostNetwork is neither true nor false'],
    ['Namespace', rawNamespace({ metadata: { labels: ['a'] } }), 'metadata.labels is not an object'],
    ['Service', rawService({ spec: { selector: 'app' } }), 'spec.selector is not an object'],
    [
      'EndpointSlice',
      rawEndpointSlice({ members: { endpoints: [{ addresses: [7] }] } }),
      'endpoints[0].addresses[0] is not a text',
    ],
  ])('promise 1: a %s that is not understood is named, and not guessed at (%#)', (kind, raw, reason) => {
    expect(prune(kind, raw)).toMatchObject({
      result: 'not-understood',
      reason,
      reference: { kind },
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
    });
  });

  it.each<[string, JsonValue]>([
    ['it is not an object', 'text'],
    ['it is not an object', null],
    ['metadata is not an object', { metadata: [] }],
    ['metadata.resourceVersion is missing', { metadata: { uid: 'u', name: 'n' } }],
    ['metadata.resourceVersion is not a number', rawPod({ metadata: { resourceVersion: 'abc' } })],
    ['metadata.uid is missing', rawPod({ metadata: { uid: '' } })],
    ['metadata.name is not a text', rawPod({ metadata: { name: 7 } })],
  ])('says why an object cannot be identified: %s', (reason, raw) => {
    expect(prune('Pod', raw)).toEqual({ result: 'unidentifiable', reason });
  });
});
