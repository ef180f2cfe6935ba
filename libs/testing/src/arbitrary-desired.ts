import fc from 'fast-check';
import { type Configuration } from '#core/configuration';
import { type AcceptedDestination, type DesiredRule, type DesiredTenant } from '#core/desired';
import { ruleKinds } from '#core/kinds';
import { actions, type SourceSelector } from '#core/rule';
import { configuration, tenantConfiguration } from './builders.js';

/** Names as Kubernetes has them; few of them, so that rules share namespaces, names and external services. */
const name = fc.constantFrom('a', 'b', 'web', 'web-1', 'web.v2', 'ext', 'accept', 'x'.repeat(120));

const address = fc.constantFrom(
  '192.0.2.1',
  '192.0.2.0/28',
  '198.51.100.7',
  '2001:db8::/64',
  '203.0.113.1-203.0.113.9',
);

const group = fc.constantFrom(
  { key: 'tcp', protocol: 'tcp', ports: ['443'], bandwidth: null },
  { key: 'udp', protocol: 'udp', ports: ['53', '1000-2000'], bandwidth: null },
  { key: 'slow', protocol: 'tcp', ports: ['80'], bandwidth: 'bwc-1mbps-irule' },
  { key: 'icmp', protocol: 'icmp', ports: [], bandwidth: null },
);

const destination: fc.Arbitrary<AcceptedDestination> = fc.record({
  externalService: name,
  addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3 }),
  domainNames: fc.uniqueArray(fc.constantFrom('example.com', 'api.example.org'), { maxLength: 2 }),
  services: fc.oneof(
    fc.uniqueArray(group, { minLength: 1, maxLength: 3 }),
    fc.constant([{ key: 'any', protocol: 'any', ports: [], bandwidth: null }]),
  ),
});

const prefix = fc.integer({ min: 1, max: 250 }).map((last) => `10.1.0.${last}`);

/** A rule of any kind in one tenant; its uid follows from its name, as no cluster has two of one name. */
export function arbitraryRule(tenant = 'Common', clusters: readonly string[] = ['k8s']): fc.Arbitrary<DesiredRule> {
  return fc
    .record({
      cluster: fc.constantFrom(...clusters),
      kind: fc.constantFrom(...ruleKinds),
      namespace: name,
      name,
      action: fc.constantFrom(...actions),
      logging: fc.boolean(),
      priority: fc.constantFrom(1, 1000),
      createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', null),
      service: name,
      destinations: fc.uniqueArray(destination, { maxLength: 3, selector: ({ externalService }) => externalService }),
      prefixes: fc.uniqueArray(prefix, { maxLength: 4 }),
      everyone: fc.boolean(),
    })
    .map(({ service, everyone, ...rule }) => {
      const namespace = rule.kind === 'ClusterEgressRule' ? '' : rule.namespace;
      return {
        ...rule,
        namespace,
        uid: `${rule.kind}/${namespace}/${rule.name}`,
        tenant,
        source: sourceOf(rule.kind, namespace, service),
        prefixes: rule.kind === 'ClusterEgressRule' && everyone ? null : rule.prefixes,
      };
    });
}

function sourceOf(kind: DesiredRule['kind'], namespace: string, service: string): SourceSelector {
  switch (kind) {
    case 'ClusterEgressRule':
      return { type: 'everyone' };
    case 'NamespaceEgressRule':
      return { type: 'namespace', namespace };
    case 'ServiceEgressRule':
      return { type: 'service', namespace, service };
    case 'PodEgressRule':
      return { type: 'pods', namespace, selector: { requirements: [] } };
  }
}

/** The tenant Common of one or several clusters, in either layout, in any order. */
export function arbitraryTenant(clusters: readonly string[] = ['k8s']): fc.Arbitrary<DesiredTenant> {
  return fc
    .record({
      layout: fc.constantFrom('in-place' as const, 'rule-lists' as const),
      rules: fc.uniqueArray(arbitraryRule('Common', clusters), {
        maxLength: 12,
        selector: (rule) => `${rule.cluster} ${rule.uid}`,
      }),
    })
    .map(({ layout, rules }) => ({
      tenant: 'Common',
      configurations: clusters.map((clusterName) => inLayout(clusterName, clusters[0] ?? clusterName, layout)),
      rules,
    }));
}

function inLayout(clusterName: string, masterCluster: string, layout: 'in-place' | 'rule-lists'): Configuration {
  return configuration({ clusterName, masterCluster, tenants: [tenantConfiguration({ layout })] });
}
