import { type JsonObject } from '#core/json';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { items } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

describe('writes of', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeAll(async () => {
    simulator = await startKubeSimulator({ now: () => new Date('2026-11-22T20:31:00.123Z') });
    client = new HttpsClient(simulator);
  });

  beforeEach(() => {
    for (const { metadata } of simulator.list('Event'))
      simulator.delete('Event', metadata.namespace ?? '', metadata.name);
  });

  afterAll(async () => {
    client.close();
    await simulator.close();
  });

  describe('events', () => {
    const path = '/apis/events.k8s.io/v1/namespaces/default/events';
    const event = (fields: JsonObject = {}): JsonObject => ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'web-out.1', namespace: 'default' },
      eventTime: '2026-11-22T20:31:00.123456Z',
      reportingController: 'ces/watcher',
      reportingInstance: 'ces-1',
      action: 'Program',
      reason: 'Programmed',
      type: 'Normal',
      note: 'declared',
      regarding: { kind: 'ServiceEgressRule', namespace: 'default', name: 'web-out' },
      ...fields,
    });

    it('are the same in both groups, each in its own words', async () => {
      expect((await client.post(path, event())).body).toMatchObject({
        apiVersion: 'events.k8s.io/v1',
        note: 'declared',
      });
      const { body } = await client.get('/api/v1/namespaces/default/events/web-out.1');
      expect(body).toMatchObject({
        apiVersion: 'v1',
        message: 'declared',
        involvedObject: { name: 'web-out' },
        reportingComponent: 'ces/watcher',
      });
      const selected = await client.get('/api/v1/events?fieldSelector=involvedObject.name%3Dweb-out');
      expect(items(selected.body['items'])).toHaveLength(1);
      const watch = await client.watch(`${path}?watch=true`);
      await waitFor(() => {
        expect(watch.events).toMatchObject([{ object: { apiVersion: 'events.k8s.io/v1' } }]);
      });
    });

    it.each([
      ['a time with milliseconds', { eventTime: '2026-11-22T20:31:00.123Z' }, 400, 'cannot parse'],
      ['no time', { eventTime: null }, 422, 'eventTime: Required value'],
      ['no controller', { reportingController: '' }, 422, 'reportingController: Required value'],
      ['a type of its own', { type: 'Alarm' }, 422, 'type: Invalid value'],
      ['a long note', { note: 'x'.repeat(1_025) }, 422, 'can have at most 1024 characters'],
    ])('refuse %s', async (_what, fields, code, message) => {
      const response = await client.post(path, event(fields));
      expect([response.code, response.body['message']]).toEqual([code, expect.stringContaining(message)]);
    });

    it('about cluster-scoped objects belong into default or kube-system', async () => {
      const about = { regarding: { kind: 'ClusterEgressRule', name: 'all' } };
      expect((await client.post(path, event(about))).code).toBe(201);
      const elsewhere = { ...event(about), metadata: { name: 'x', namespace: 'kube-public' } };
      const refused = await client.post('/apis/events.k8s.io/v1/namespaces/kube-public/events', elsewhere);
      expect([refused.code, refused.body['message']]).toEqual([
        422,
        expect.stringContaining('does not match event.namespace'),
      ]);
    });
  });

  it('leases take times with microseconds only', async () => {
    const lease = (renewTime: string): JsonObject => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime },
    });
    expect((await client.post(leases, lease('2026-11-22T20:31:00.123Z'))).code).toBe(400);
    expect((await client.post(leases, lease('2026-11-22T20:31:00.123456Z'))).code).toBe(201);
  });
});
