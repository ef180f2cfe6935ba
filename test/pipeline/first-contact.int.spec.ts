import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const web = pod('web-1', '10.1.0.1', { labels: { app: 'web' } });
const text = `${configurationText}iRule: [not-there]\n`;

describe('promise 8: on first contact with a device that lacks an iRule', () => {
  let pipeline: Pipeline;
  const statuses = () => Promise.all(['a', 'b', 'bad'].map((name) => pipeline.status(`to-${name}`)));

  async function contact(device?: typeof preparedDevice): Promise<void> {
    pipeline = await Pipeline.start(device === undefined ? {} : { device });
    const cluster = new ObservedCluster().add(
      ...[namespace('shop'), service('web'), web, endpointSlice('web', [web])],
      ...['a', 'b', 'bad'].flatMap((name, index) => [
        externalService(name, {
          addresses: [`203.0.113.${String(index)}`],
          ports: [{ protocol: 'TCP', port: '443', ...(name === 'bad' ? { bandwidth: 'not-there' } : {}) }],
        }),
        rule('ServiceEgressRule', `to-${name}`, { service: 'web', externalServices: [name] }),
      ]),
    );
    await pipeline.project(cluster.configuration(text), ...cluster.snapshotOfAll());
    await pipeline.apply();
  }

  afterEach(async () => {
    await pipeline.stop();
  });

  it('only the rule that needs it is held out', async () => {
    await contact(preparedDevice);
    expect((await statuses()).map(({ phase }) => phase)).toEqual(['Success', 'Success', 'Quarantined']);
  });

  it('and the route domain too: all fail, and say what no rule is to blame for', async () => {
    await contact();
    const found = await statuses();
    expect(found.map(({ phase }) => phase)).toEqual(['Failed', 'Failed', 'Failed']);
    for (const { conditions } of found) expect(conditions[1]?.message).toContain('route domain (2) was not found');
  });
});
