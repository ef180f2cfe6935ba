import { describe, expect, it } from 'vitest';
import { type ObjectReference } from '#core/objects';
import { eventsPath, kubernetesEvent, type Reported } from './kubernetes-event.js';

const reference: ObjectReference = { kind: 'PodEgressRule', uid: 'uid-1', namespace: 'shop', name: 'allow-payments' };
const event = (changes: Partial<Reported> = {}) =>
  kubernetesEvent({
    reference,
    digest: 'd1',
    transition: { severity: 'Normal', reason: 'Programmed', note: 'The device holds version 3.' },
    instance: 'ces-watcher-0',
    at: new Date('2026-01-01T00:00:00.123Z'),
    ...changes,
  });
const nameOf = (changes: Partial<Reported> = {}) => (event(changes).metadata as { name: string }).name;

describe('kubernetesEvent', () => {
  it('says what happened to which rule', () => {
    expect(event()).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'shop' },
      eventTime: '2026-01-01T00:00:00.123000Z',
      reportingController: 'kubeovn.io/container-egress-services',
      reportingInstance: 'ces-watcher-0',
      action: 'ReportStatus',
      type: 'Normal',
      reason: 'Programmed',
      note: 'The device holds version 3.',
      regarding: {
        apiVersion: 'kubeovn.io/v1alpha1',
        kind: 'PodEgressRule',
        namespace: 'shop',
        name: 'allow-payments',
        uid: 'uid-1',
      },
    });
  });

  it('has the same name whenever it says the same, and another one otherwise', () => {
    expect(nameOf()).toMatch(/^allow-payments\.[0-9a-f]{16}$/);
    expect(nameOf({ at: new Date(), instance: 'other' })).toBe(nameOf());
    expect(nameOf({ digest: 'd2' })).not.toBe(nameOf());
  });

  it('goes to the namespace default when the rule has none', () => {
    const cluster: ObjectReference = { ...reference, kind: 'ClusterEgressRule', namespace: '' };
    expect(event({ reference: cluster })).toMatchObject({ metadata: { namespace: 'default' } });
    expect(event({ reference: cluster }).regarding).not.toHaveProperty('namespace');
    expect(eventsPath(cluster)).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
  });

  it('keeps to the limits of the API server', () => {
    const long = { ...reference, name: `${'a'.repeat(235)}.${'b'.repeat(17)}` };
    expect(nameOf({ reference: long })).toMatch(/^a{235}\.[0-9a-f]{16}$/);
    const note = 'ä'.repeat(1_000);
    const shortened = event({ transition: { severity: 'Normal', reason: 'X', note } }).note as string;
    expect(Buffer.byteLength(shortened)).toBeLessThanOrEqual(1_024);
    expect(shortened).toMatch(/^ä{500,}…$/);
  });
});
