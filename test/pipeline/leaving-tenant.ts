import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

/** The configuration once the tenant `shop` has left it. */
export const withoutShop = configurationText.slice(0, configurationText.indexOf('  - name: shop'));

/** What the tenant's only rule lets its only pod, 10.1.0.1, reach. */
export const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' } as const;

/** The namespace `shop`, with a pod and a rule that lets it out. */
export function clusterWithShop(): ObservedCluster {
  return new ObservedCluster().add(
    namespace('shop'),
    pod('web-1', '10.1.0.1', { labels: { app: 'web' } }),
    externalService('bank'),
    rule('PodEgressRule', 'out', { podSelector: { matchLabels: { app: 'web' } } }),
  );
}

/** A pipeline whose device holds the tenant `shop`; the caller stops it. */
export async function startWithShop(): Promise<{ pipeline: Pipeline; cluster: ObservedCluster }> {
  const pipeline = await Pipeline.start({ device: preparedDevice });
  const cluster = clusterWithShop();
  await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
  await pipeline.apply();
  return { pipeline, cluster };
}
