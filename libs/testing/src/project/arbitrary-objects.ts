import { type ClusterObject } from '#core/objects';
import fc from 'fast-check';
import {
  clusterRule,
  configurationText,
  endpoints,
  externalService,
  namespace,
  namespaceRule,
  pod,
  podRule,
  service,
  serviceRule,
} from './objects.js';

const namespaceName = fc.constantFrom('shop', 'bank', 'elsewhere');
const small = fc.constantFrom('a', 'b', 'c');
const label = fc.constantFrom<Record<string, string>>({}, { app: 'web' }, { app: 'db' });
const address = fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3', 'fd00::1', 'nonsense');
const cidr = fc.constantFrom(null, '10.1.0.0/24', '10.2.0.0/24,fd00::/64', '10.1.0.0/24,nonsense', '');
const action = fc.constantFrom('accept', 'accept-decisively', 'drop', 'reject', 'allow');
const selector = fc.constantFrom({}, { matchLabels: { app: 'web' } }, { matchLabels: 1 });
const spec = fc.record({ action, externalServices: fc.uniqueArray(small, { maxLength: 2 }) });

/** Any object, few different ones: so that they meet, and come again in other forms. */
export const arbitraryObject: fc.Arbitrary<ClusterObject> = fc.oneof(
  fc.record({ name: namespaceName, labels: label, cidr }).map(({ name, ...rest }) => namespace(name, rest)),
  fc
    .record({
      name: small,
      namespace: namespaceName,
      labels: label,
      addresses: fc.uniqueArray(address, { maxLength: 2 }),
      finished: fc.boolean(),
      hostNetwork: fc.constantFrom(false, false, true),
      instance: fc.constantFrom('', '2'),
    })
    .map(({ name, instance, ...rest }) => pod(name, { ...rest, uid: `${rest.namespace}/${name}${instance}` })),
  fc.record({ name: small, namespace: namespaceName }).map(({ name, ...rest }) => service(name, rest)),
  fc
    .record({ service: small, name: small, namespace: namespaceName, pods: fc.uniqueArray(small, { maxLength: 3 }) })
    .map(({ service: of, name, pods, ...rest }) =>
      endpoints(of, [], {
        ...rest,
        name,
        endpoints: pods.map((target) => ({
          addresses: [],
          pod: { namespace: rest.namespace, name: target, uid: `${rest.namespace}/${target}` },
        })),
      }),
    ),
  fc
    .record({ name: small, namespace: namespaceName, addresses: fc.uniqueArray(address, { maxLength: 2 }) })
    .map(({ name, namespace: of, addresses }) => externalService(name, { addresses }, { namespace: of })),
  fc
    .record({ name: small, spec, selector })
    .map((rule) =>
      clusterRule(rule.name, { ...rule.spec, ...(rule.name === 'a' ? {} : { namespaceSelector: rule.selector }) }),
    ),
  fc.record({ name: small, namespace: namespaceName, spec }).map((rule) => namespaceRule(rule.name, rule.spec, rule)),
  fc
    .record({ name: small, namespace: namespaceName, spec, service: small })
    .map((rule) => serviceRule(rule.name, { ...rule.spec, service: rule.service }, rule)),
  fc
    .record({ name: small, namespace: namespaceName, spec, selector })
    .map((rule) => podRule(rule.name, { ...rule.spec, podSelector: rule.selector }, rule)),
);

const tenants = [
  { name: 'Common', namespaces: 'shop' },
  { name: 'finance', namespaces: 'bank', routeDomain: { id: 7, name: 'fin' } },
];
/** Any text of a ces-conf.yaml, of a few. */
export const arbitraryConfiguration: fc.Arbitrary<string> = fc.constantFrom(
  configurationText(),
  configurationText({ isSupportRouteDomain: true, tenant: tenants }),
  configurationText({ isSupportRouteDomain: true, tenant: tenants, namespaceSource: 'pods' }),
  configurationText({ namespaceSource: 'annotation', endpointsWithoutPods: 'allow' }),
);
