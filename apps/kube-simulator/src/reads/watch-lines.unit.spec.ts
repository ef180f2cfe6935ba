import { describe, expect, it } from 'vitest';
import { eventResources } from '../kinds/event.js';
import { podResource } from '../kinds/pod.js';
import { type KubeObject } from '../objects/kube-object.js';
import { Serializer } from './serializer.js';
import { SharedLines } from './watch-lines.js';

const object: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-11-22T20:31:00Z' },
};

describe('the lines of watches', () => {
  it('are made once for all watches of a resource, and apart for each type and version', () => {
    const lines = new SharedLines(new Serializer());
    const added = lines.line(podResource, { type: 'ADDED', object });
    expect(lines.line(podResource, { type: 'ADDED', object })).toBe(added);
    expect(added.toString()).toBe(`{"type":"ADDED","object":${JSON.stringify(object)}}\n`);
    expect(lines.line(podResource, { type: 'DELETED', object })).not.toBe(added);
    const versions = eventResources.map((resource) => lines.line(resource, { type: 'ADDED', object }).toString());
    expect(versions[1]).toContain('"apiVersion":"events.k8s.io/v1"');
    expect(versions[0]).not.toBe(versions[1]);
  });
});
