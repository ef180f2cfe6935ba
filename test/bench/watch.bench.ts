import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KubeConfig } from '@kubernetes/client-node';
import { createCertificates } from '#platform/certificates';
import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { ClusterWatch } from '#watch/adapters/cluster-watch';
import { ConfigurationFeed } from '#watch/adapters/configuration-publisher';
import { KubernetesClient } from '#watch/adapters/kubernetes-client';
import { createWatchMetrics } from '#watch/adapters/watch-metrics';
import { atLeast, atMost, type Benchmark, type BenchmarkResult } from './benchmark.js';

const pods = 20_000;
const events = 100_000;

/** What the watcher has to do on one core, and what it may keep of a pod. */
const requiredEventsPerSecond = 8_000;
const mostBytesPerPod = 1_000;

export const benchmark: Benchmark = {
  name: 'watch',
  about: `a list of ${pods} pods and ${events} events of 5 KB over TLS, through one reflector, half of them no news`,
  async run(context) {
    const server = await startServer();
    try {
      return await measure(server.config, (text) => {
        context.progress(text);
      });
    } finally {
      server.stop();
    }
  },
};

async function measure(config: KubeConfig, progress: (text: string) => void): Promise<BenchmarkResult> {
  const term = new AbortController();
  const client = new KubernetesClient(config);
  const counted = { objects: 0, changes: 0, last: '' };
  const listed = mark();
  const watched = mark();
  const heapBefore = heap();
  const watch = new ClusterWatch({
    cluster: 'bench',
    client,
    sink: {
      publish(message) {
        if (message.form === 'snapshot') {
          counted.objects += message.objects.length;
          counted.last = message.resourceVersion;
          if (message.last) listed.stop();
        } else if (message.form === 'changes') {
          counted.changes += message.changes.length;
          counted.last = message.spans.at(-1)?.to ?? counted.last;
          if (counted.last === String(pods + events)) watched.stop();
        }
        return Promise.resolve();
      },
    },
    checkpoints: {
      read() {
        const checkpoints =
          counted.last === '' ? [] : [{ kind: 'Pod', resourceVersion: counted.last, gap: false } as const];
        return Promise.resolve({ checkpoints, configurationDigest: null });
      },
    },
    configuration: new ConfigurationFeed(''),
    clock: systemClock,
    logger: silentLogger,
    metrics: createWatchMetrics(createMetrics({ app: 'bench' })),
    leads: () => true,
    tuning: { kinds: ['Pod'] },
  });
  const running = watch.run(term.signal).catch(() => undefined);
  progress(`listing ${pods} pods`);
  const list = await listed.stopped;
  progress(`reading ${events} events`);
  const watching = await watched.stopped;
  const bytesPerPod = (heap() - heapBefore) / pods;
  term.abort(new Error('The benchmark is over.'));
  await running;
  client.close();
  const measurements = {
    listedPodsPerCpuSecond: pods / list.cpuSeconds,
    watchedEventsPerCpuSecond: events / (watching.cpuSeconds - list.cpuSeconds),
    watchedEventsPerSecond: events / (watching.seconds - list.seconds),
    passedOnShare: counted.changes / events,
    heapBytesPerPod: bytesPerPod,
  };
  return {
    measurements,
    ratios: { eventCostToListCost: measurements.listedPodsPerCpuSecond / measurements.watchedEventsPerCpuSecond },
    budgets: [
      atLeast(measurements, 'watchedEventsPerCpuSecond', requiredEventsPerSecond),
      atMost(measurements, 'heapBytesPerPod', mostBytesPerPod),
    ],
  };
}

interface Elapsed {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Time since now until `stop` is called first. */
function mark(): { readonly stopped: Promise<Elapsed>; stop(): void } {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let resolve: (elapsed: Elapsed) => void = () => undefined;
  const stopped = new Promise<Elapsed>((settle) => {
    resolve = settle;
  });
  return {
    stopped,
    stop() {
      const { user, system } = process.cpuUsage(cpu);
      resolve({ seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 });
    },
  };
}

/** Bytes that are really in use. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/**
 * An API server in a process of its own, so that its work does not count: pages of pods, then a watch that says of each
 * pod in turn something that matters or something that does not.
 */
async function startServer(): Promise<{ config: KubeConfig; stop(): void }> {
  const { authority, certificate, key } = await createCertificates();
  const input = JSON.stringify({ certificate, key, pods, events });
  const child = spawn(process.execPath, ['--input-type=module', '--eval', serverProgram, input], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'bench',
      server: `https://127.0.0.1:${output.toString().trim()}`,
      caData: Buffer.from(authority).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'bench' },
  );
  return { config, stop: () => child.kill() };
}

const serverProgram = String.raw`
  import { createServer } from 'node:https';
  const { certificate, key, pods, events } = JSON.parse(process.argv[1]);
  const filler = Object.fromEntries(Array.from({ length: 40 }, (_, index) => ['f:key-' + index, { 'f:name': {}, 'f:value': 'x'.repeat(60) }]));
  const pod = (number, version, address) => ({
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: 'web-' + number, namespace: 'shop', uid: '00000000-0000-4000-8000-' + String(number).padStart(12, '0'),
      resourceVersion: String(version), creationTimestamp: '2026-01-01T00:00:00Z', labels: { app: 'web', tier: 'front', 'pod-template-hash': '7d9f' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', uid: 'u', controller: true }],
      managedFields: [{ manager: 'kubelet', operation: 'Update', time: '2026-01-01T00:00:00Z', subresource: 'status', fieldsV1: filler }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'nginx', env: [{ name: 'A', value: 'b' }] }] },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const address = (number) => '10.' + (number >> 16 & 255) + '.' + (number >> 8 & 255) + '.' + (number & 255);
  const server = createServer({ key, cert: certificate }, async (request, response) => {
    const query = new URL(request.url, 'https://x').searchParams;
    if (query.get('watch') !== 'true') {
      const from = Number(query.get('continue') ?? 0);
      const until = Math.min(from + Number(query.get('limit')), pods);
      const items = Array.from({ length: until - from }, (_, index) => pod(from + index, from + index + 1, address(from + index)));
      response.end(JSON.stringify({ metadata: { resourceVersion: String(pods), continue: until < pods ? String(until) : '' }, items }));
      return;
    }
    for (let event = 1; event <= events; event += 1) {
      const number = event % pods;
      const round = Math.floor(event / pods);
      const line = JSON.stringify({ type: 'MODIFIED', object: pod(number, pods + event, address(number + (round % 2) * 100000 * (event % 2))) });
      if (!response.write(line + '\n')) await new Promise((resolve) => response.once('drain', resolve));
    }
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
