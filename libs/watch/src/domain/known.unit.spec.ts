import { describe, expect, it } from 'vitest';
import { type PodObject, type RuleObject } from '#core/objects';
import { KnownObjects } from './known.js';

const pod = (overrides: Partial<PodObject> = {}): PodObject => ({
  kind: 'Pod',
  uid: 'uid-1',
  namespace: 'shop',
  name: 'web-0',
  resourceVersion: '10',
  generation: 0,
  createdAt: null,
  manager: null,
  content: { labels: {}, addresses: ['10.1.2.3'], hostNetwork: false, finished: false, owner: null },
  ...overrides,
});

describe('KnownObjects', () => {
  it('promise 3: an update that changes nothing that matters is no news', () => {
    const known = new KnownObjects();
    expect(known.see(pod()).news).toBe(true);
    expect(known.see(pod({ resourceVersion: '11', manager: 'kubelet' })).news).toBe(false);
    const moved = pod({ resourceVersion: '12', content: { ...pod().content, addresses: ['10.1.2.4'] } });
    expect(known.see(moved).news).toBe(true);
    expect(known.see(pod({ resourceVersion: '13' })).news).toBe(true);
  });

  it('tells an object that was created anew under the same name from an update', () => {
    const known = new KnownObjects();
    known.see(pod());
    expect(known.see(pod({ uid: 'uid-2', resourceVersion: '12' })).news).toBe(true);
    expect(known.size).toBe(2);
  });

  it('does not fall back to a version that it has left behind, compared as a number', () => {
    const known = new KnownObjects();
    known.see(pod({ resourceVersion: '100' }));
    const older = pod({ resourceVersion: '99', content: { ...pod().content, addresses: [] } });
    expect(known.see(older).news).toBe(false);
    expect(known.see(pod({ resourceVersion: '101' })).news).toBe(false);
  });

  it('takes a new generation of a rule for news, and of nothing else', () => {
    const known = new KnownObjects();
    const rule: RuleObject = { ...pod(), kind: 'PodEgressRule', generation: 1, content: { spec: {} } };
    known.see(rule);
    expect(known.see({ ...rule, resourceVersion: '11', generation: 2 }).news).toBe(true);
    known.see(pod({ uid: 'uid-2' }));
    expect(known.see(pod({ uid: 'uid-2', resourceVersion: '11', generation: 2 })).news).toBe(false);
  });

  it('takes what it was told to forget for new', () => {
    const known = new KnownObjects();
    known.see(pod());
    known.forget('uid-1');
    expect(known.size).toBe(0);
    expect(known.see(pod({ resourceVersion: '11' })).news).toBe(true);
  });
});
