import { expect, it } from 'vitest';
import { bank, clusterWithShop } from './leaving-tenant.js';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

it('promise 7: large declarations that end in an internal error of AS3 (#780), though they are applied', async () => {
  const pipeline = await Pipeline.start({ device: { ...preparedDevice, largeDeclaration: 0 } });
  try {
    pipeline.device.faults.knownIssues.add('#780');
    const cluster = clusterWithShop();
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    expect(pipeline.device.evaluate({ ...bank, source: '10.1.0.1' }).reaches).toBe(true);
    expect(pipeline.device.evaluate({ ...bank, source: '10.1.0.2' }).reaches).toBe(false);
    expect(pipeline.device.device.state.routeDomains.get('/shop/rd2')?.enforcedPolicy).not.toBeNull();
    expect(await pipeline.status('out')).toMatchObject({ phase: 'Success' });
    const { declares } = pipeline.device.counters;
    expect(await pipeline.apply()).toMatchObject({ type: 'done', applied: 0 });
    expect(pipeline.device.counters.declares).toBe(declares);
  } finally {
    await pipeline.stop();
  }
});
