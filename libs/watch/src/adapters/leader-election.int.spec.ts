import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { startTcpProxy, type TcpProxy } from '#testing/tcp-proxy';
import { simulatedCluster, type SimulatedCluster } from '#testing/watch/simulated-cluster';
import { type LeaseTiming } from '../domain/lease.js';
import { KubernetesClient } from './kubernetes-client.js';
import { LeaderElection, type Term } from './leader-election.js';

/** A seventh of the usual times. */
const timing: LeaseTiming = { duration: 2_000, renewDeadline: 1_400, retryPeriod: 280 };
const longEnough = { timeout: 10_000, interval: 20 };
const leases = { verbs: ['get', 'create', 'update'], groups: ['coordination.k8s.io'], resources: ['leases'] };

interface Candidate {
  readonly election: LeaderElection;
  readonly terms: Term[];
  stop(): Promise<void>;
}

let cluster: SimulatedCluster;
let proxy: TcpProxy;
let candidates: Candidate[];
/** Who led when, in the order of what happened. */
let diary: string[];

beforeEach(async () => {
  const watcher = { token: 'watcher-token', username: 'watcher', rules: [{ ...leases, namespaces: ['kube-system'] }] };
  cluster = await simulatedCluster({ users: [watcher] });
  proxy = await startTcpProxy(cluster.simulator.url);
  candidates = [];
  diary = [];
});

afterEach(async () => {
  await proxy.restore();
  for (const candidate of candidates) await candidate.stop();
  await proxy.close();
  await cluster.close();
});

const candidate = (
  identity: string,
  config: KubeConfig = cluster.configFor('watcher-token'),
  lead: (term: Term) => Promise<void> = untilOver,
): Candidate => {
  const stopping = new AbortController();
  const client = new KubernetesClient(config, { timeout: 1_000 });
  const terms: Term[] = [];
  const election = new LeaderElection({
    client,
    namespace: 'kube-system',
    name: 'ces-watcher',
    identity,
    timing,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    lead: async (term) => {
      terms.push(term);
      diary.push(`${identity} begins`);
      await lead(term).finally(() => diary.push(`${identity} ends`));
    },
  });
  const running = election.run(stopping.signal);
  const started = {
    election,
    terms,
    async stop() {
      stopping.abort(new Error('stopping'));
      await running;
      client.close();
    },
  };
  candidates.push(started);
  return started;
};

const untilOver = ({ signal }: Term): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
const leading = (who: Candidate) =>
  vi.waitFor(() => {
    expect(who.election.leading).toBe(true);
  }, longEnough);
const holder = () =>
  (cluster.simulator.get('Lease', 'kube-system', 'ces-watcher')?.['spec'] as { holderIdentity: string }).holderIdentity;

describe('LeaderElection', () => {
  it('lets one lead and the others stand by', async () => {
    const first = candidate('first');
    await leading(first);
    const second = candidate('second');
    await vi.waitFor(() => {
      expect(second.election.holder).toBe('first');
    }, longEnough);
    expect(second.election.leading).toBe(false);
    expect(first.terms[0]?.holds()).toBe(true);
    expect(holder()).toBe('first');
  });

  it('gives the lease up when it stops, so that a standby takes it without waiting for its end', async () => {
    const first = candidate('first');
    await leading(first);
    const second = candidate('second');
    await vi.waitFor(() => {
      expect(second.election.holder).toBe('first');
    }, longEnough);
    const stoppedAt = performance.now();
    await first.stop();
    await leading(second);
    expect(performance.now() - stoppedAt).toBeLessThan(timing.duration * 0.75);
    expect(diary).toEqual(['first begins', 'first ends', 'second begins']);
  });

  it('takes over from a leader that vanished, after that one has stopped leading', async () => {
    const first = candidate('first', cluster.configFor('watcher-token', proxy.url));
    await leading(first);
    const second = candidate('second');
    await proxy.cut();
    const cutAt = performance.now();
    await leading(second);
    expect(performance.now() - cutAt).toBeLessThan(timing.duration * (20 / 15));
    expect(diary).toEqual(['first begins', 'first ends', 'second begins']);
    expect(first.terms[0]?.holds()).toBe(false);
  });

  it('stops leading in time when the API server does not answer any more', async () => {
    const first = candidate('first', cluster.configFor('watcher-token', proxy.url));
    await leading(first);
    proxy.freeze();
    const frozenAt = performance.now();
    await vi.waitFor(() => {
      expect(first.election.leading).toBe(false);
    }, longEnough);
    expect(performance.now() - frozenAt).toBeLessThan(timing.duration);
  });

  it('leads on through a short trouble', async () => {
    const first = candidate('first');
    await leading(first);
    cluster.faults.refuse('update', 'leases', 500, { times: 2 });
    await vi.waitFor(() => {
      expect(cluster.faults.requests().filter(({ code, method }) => method === 'PUT' && code === 500)).toHaveLength(2);
    }, longEnough);
    const renewals = cluster.faults.requests().length;
    await vi.waitFor(() => {
      expect(cluster.faults.requests().length).toBeGreaterThan(renewals + 2);
    }, longEnough);
    expect(diary).toEqual(['first begins']);
  });

  it('stops at once when the lease turns out to be another one’s', async () => {
    const first = candidate('first');
    await leading(first);
    const lease = cluster.simulator.get('Lease', 'kube-system', 'ces-watcher');
    const spec = { ...(lease?.['spec'] as object), holderIdentity: 'thief' };
    cluster.simulator.apply({ ...lease, metadata: { name: 'ces-watcher', namespace: 'kube-system' }, spec });
    await vi.waitFor(() => {
      expect(first.election.leading).toBe(false);
    }, longEnough);
    expect(holder()).toBe('thief');
  });

  it('gives the lease up when the leader cannot go on, and tries again', async () => {
    let attempts = 0;
    const first = candidate('first', undefined, async (term) => {
      attempts += 1;
      if (attempts === 1) throw new Error('no');
      await untilOver(term);
    });
    await vi.waitFor(() => {
      expect(attempts).toBe(2);
    }, longEnough);
    expect(diary.slice(0, 3)).toEqual(['first begins', 'first ends', 'first begins']);
    expect(first.election.leading).toBe(true);
  });

  it('waits for an API server that is not there yet', async () => {
    await proxy.cut();
    const first = candidate('first', cluster.configFor('watcher-token', proxy.url));
    expect(first.election.leading).toBe(false);
    await proxy.restore();
    await leading(first);
  });
});
