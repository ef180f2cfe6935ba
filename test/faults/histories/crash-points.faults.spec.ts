import { type Layout } from '#core/configuration';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createHistoriesDatabase, type HistoriesDatabase } from './histories-database.js';
import { type ClusterChange, type History, type Interference, type Step } from './steps.js';

const web = (name: 'a' | 'b', namespace: 'shop' | 'bank', address: number): ClusterChange => ({
  ...{ type: 'pod', place: { namespace, name }, address },
  ...{ app: 'web', state: 'running', fresh: false },
});
const rule = (
  kind: 'ClusterEgressRule' | 'NamespaceEgressRule' | 'PodEgressRule',
  name: 'a' | 'b',
  action: 'accept' | 'accept-decisively' | 'drop',
): Extract<ClusterChange, { type: 'rule' }> => ({
  ...{ type: 'rule', kind, place: { namespace: 'shop', name }, action, externalServices: ['a'] },
  ...{ service: 'a', app: 'web', everyone: true, priority: null, fresh: false },
});
const external = (namespace: 'shop' | 'bank' | null, addresses: number): ClusterChange => ({
  ...{ type: 'external-service', namespace, name: 'a', addresses, ports: 0 },
});
const changes = (cluster: 'k8s' | 'east', ...what: ClusterChange[]): Step => ({
  ...{ type: 'changes', changes: { cluster, changes: what }, delivery: 'once' },
});

/** Something for every step of the cycle: three tenants, an address that is handed over, rules that come and go. */
function history(layout: Layout, interference: Interference | null): History {
  return {
    routeDomains: true,
    plan: { layout, tenantOf: { shop: 'alpha', bank: 'beta', lab: null } },
    ground: [
      ...[external('shop', 0), external('bank', 1), external(null, 2)],
      ...[web('a', 'shop', 0), web('b', 'shop', 1), web('a', 'bank', 2)],
    ],
    rules: [rule('PodEgressRule', 'a', 'accept'), rule('PodEgressRule', 'b', 'accept')],
    steps: [
      { type: 'work', interference: null },
      changes(
        'k8s',
        { type: 'hand-over', from: { namespace: 'shop', name: 'a' }, to: { namespace: 'bank', name: 'b' }, app: 'web' },
        { type: 'removal', kind: 'PodEgressRule', place: { namespace: 'shop', name: 'b' } },
        rule('NamespaceEgressRule', 'a', 'drop'),
        rule('ClusterEgressRule', 'a', 'drop'),
      ),
      { type: 'work', interference },
    ],
  };
}

/** The cycle's calls are no more than this, before and after each. */
const mostCalls = 400;

describe.each(inject('layouts'))('promises 6 and 7 at every call of a cycle, in the layout %s', (layout) => {
  let histories: HistoriesDatabase;

  beforeAll(async () => {
    histories = await createHistoriesDatabase();
  });

  afterAll(async () => {
    await histories.drop();
  });

  /** Declarations more than without it; at which of the calls: what comes after one comes before the next one as well. */
  it.for<[Interference['what'], number, number]>([
    ['kill', 1, 2],
    ['sleep', 1, 2],
    ['lose-answer', 1, 6],
    ['reboot', 2, 3],
  ])('%s: the next one finds the truth, and declares once', async ([what, more, stride], { signal }) => {
    const undisturbed = await histories.play(history(layout, null), signal, 'short');
    const meanwhile: Interference['meanwhile'] = { cluster: 'k8s', changes: [web('b', 'shop', 3)] };
    let at = 0;
    for (; at < mostCalls; at += stride) {
      const played = await histories.play(history(layout, { at, what, meanwhile }), signal, 'short');
      if (played.incidents === 0) break;
      // The next holder declares what was open once more, and what is new by then.
      const limit = undisturbed.declaredLast * 2 + more;
      expect(played.declaredLast, `declarations after the call ${at}`).toBeLessThanOrEqual(limit);
    }
    expect(at).toBeGreaterThan(20);
    expect(at).toBeLessThan(mostCalls);
  });
});
