import { ClusterSpec, configured } from '#testing/project/cluster-spec';
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
} from '#testing/project/objects';
import { describe, expect, it } from 'vitest';

const first = pod('web-1', { addresses: ['10.1.0.1'] });
const second = pod('web-2', { addresses: ['10.1.0.2', 'fd00::2'] });

describe('the addresses of a service rule', () => {
  const given = () =>
    ClusterSpec.given(
      externalService('payments'),
      service('web'),
      first,
      second,
      endpoints('web', [first, second]),
      serviceRule('out'),
    );

  it('are those that the pods behind its endpoints report', () => {
    expect(given().prefixes('out')).toEqual(['10.1.0.1', '10.1.0.2', 'fd00::2']);
  });

  it('fault 1: are none without endpoints, which is nobody and not everybody', () => {
    const spec = ClusterSpec.given(externalService('payments'), service('web'), serviceRule('out'));
    expect(spec.prefixes('out')).toEqual([]);
    expect(spec.problems('out')).toEqual(['NoSources']);
  });

  it('fault 2: are none when the last endpoint goes away', () => {
    const spec = given();
    spec.put(endpoints('web', [], { resourceVersion: '2' }));
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('promise 2: lose a pod that is deleted, finished or replaced, whatever its endpoints still say', () => {
    const spec = given();
    spec.delete(first);
    expect(spec.prefixes('out')).toEqual(['10.1.0.2', 'fd00::2']);
    spec.put(pod('web-2', { addresses: ['10.1.0.2'], finished: true, resourceVersion: '2' }));
    expect(spec.prefixes('out')).toEqual([]);
    spec.put(pod('web-1', { uid: 'another', addresses: ['10.1.0.1'], resourceVersion: '9' }));
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('fault 4: of every rule that names the service change together', () => {
    const spec = given();
    spec.put(serviceRule('also'), serviceRule('another'));
    spec.put(endpoints('web', [second], { resourceVersion: '2' }));
    for (const name of ['out', 'also', 'another']) expect(spec.prefixes(name)).toEqual(['10.1.0.2', 'fd00::2']);
  });

  it('fault 4: follow a changed spec.service', () => {
    const spec = given();
    const other = pod('db-1', { addresses: ['10.1.0.9'], labels: { app: 'db' } });
    spec.put(service('db'), other, endpoints('db', [other]));
    spec.put(serviceRule('out', { service: 'db' }));
    expect(spec.prefixes('out')).toEqual(['10.1.0.9']);
    spec.delete(other);
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('follow an endpoint slice to another service', () => {
    const spec = given();
    spec.put(endpoints('db', [first, second], { name: 'web-slice', uid: 'EndpointSlice/shop/web-slice' }));
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('never are those of another namespace, whatever an endpoint slice claims', () => {
    const spec = given();
    const foreign = pod('vault', { namespace: 'bank', addresses: ['10.2.0.1'] });
    spec.put(foreign, endpoints('web', [foreign], { resourceVersion: '2' }));
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('promise 2: never are those of the host, and the status says so', () => {
    const spec = given();
    const hosted = pod('web-3', { addresses: ['192.168.1.1'], hostNetwork: true });
    spec.put(hosted, endpoints('web', [first, hosted], { resourceVersion: '2' }));
    expect(spec.prefixes('out')).toEqual(['10.1.0.1']);
    expect(spec.problems('out')).toEqual(['HostNetworkPods']);
  });
});

describe('the addresses of a pod rule', () => {
  it('are those of the pods that its selector meets now', () => {
    const spec = ClusterSpec.given(externalService('payments'), first, podRule('out'));
    expect(spec.prefixes('out')).toEqual(['10.1.0.1']);
    spec.put(pod('web-1', { addresses: ['10.1.0.1'], labels: { app: 'db' }, resourceVersion: '2' }), second);
    expect(spec.prefixes('out')).toEqual(['10.1.0.2', 'fd00::2']);
    spec.put(podRule('out', { podSelector: { matchLabels: { app: 'db' } } }));
    expect(spec.prefixes('out')).toEqual(['10.1.0.1']);
  });
});

describe('the addresses of a namespace rule', () => {
  const annotated = (cidr: string | null, resourceVersion = '1') => namespace('shop', { cidr, resourceVersion });

  it('are those of its annotation, else those of its pods', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      annotated('10.1.0.0/24,fd00:1::/64'),
      first,
      namespaceRule('out'),
    );
    expect(spec.prefixes('out')).toEqual(['10.1.0.0/24', 'fd00:1::/64']);
    spec.put(annotated(null));
    expect(spec.prefixes('out')).toEqual(['10.1.0.1']);
    spec.put(second);
    expect(spec.prefixes('out')).toEqual(['10.1.0.1', '10.1.0.2', 'fd00::2']);
    spec.delete(namespace('shop'));
    expect(spec.prefixes('out')).toEqual([]);
  });

  it('promise 1: of a permission shrink when the annotation cannot be read, of a denial stay', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      annotated('10.1.0.0/24'),
      namespaceRule('out'),
      namespaceRule('block', { action: 'drop' }),
    );
    spec.put(annotated('10.9.0.0/24,10.1.0.0/240'));
    expect(spec.prefixes('out')).toEqual(['10.9.0.0/24']);
    expect(spec.prefixes('block')).toEqual(['10.1.0.0/24', '10.9.0.0/24']);
    expect(spec.problems('block')).toEqual(['InvalidAddress']);
    spec.put(annotated('nonsense'));
    expect(spec.prefixes('out')).toEqual([]);
    expect(spec.prefixes('block')).toEqual(['10.1.0.0/24', '10.9.0.0/24']);
    spec.put(annotated('10.3.0.0/24'));
    expect(spec.prefixes('block')).toEqual(['10.3.0.0/24']);
  });

  it('promise 1: are never half of all addresses, nor the address that stands for all', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      annotated('10.1.0.0/24'),
      namespaceRule('out'),
      namespaceRule('block', { action: 'drop' }),
    );
    spec.put(annotated('0.0.0.0/1,128.0.0.0/1,0.0.0.0,::/1'));
    expect(spec.prefixes('out')).toEqual([]);
    expect(spec.prefixes('block')).toEqual(['10.1.0.0/24']);
    expect(spec.problems('out')).toContain('InvalidAddress');
    spec.put(annotated(null), pod('web-1', { addresses: ['0.0.0.0', '::', '10.1.0.9'] }));
    expect(spec.prefixes('out')).toEqual(['10.1.0.9']);
  });

  it('that a denial only keeps are not said to be shared', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      annotated('10.1.0.0/24'),
      namespaceRule('block', { action: 'drop' }),
    );
    spec.put(annotated('nonsense'));
    spec.put(namespace('bank', { cidr: '10.1.0.0/24' }), namespaceRule('block', { action: 'drop' }, { generation: 2 }));
    expect(spec.prefixes('block')).toEqual(['10.1.0.0/24']);
    expect(spec.problems('block')).toEqual(['InvalidAddress']);
  });

  it('are said to be shared when another namespace has them too, and only as long as it has', () => {
    const spec = ClusterSpec.given(externalService('payments'), annotated('10.1.0.0/24'), namespaceRule('out'));
    spec.put(namespace('bank', { cidr: '10.1.0.0/24' }));
    expect(spec.problems('out')).toEqual(['SharedNamespaceAddresses']);
    expect(spec.facts('out').accepted).toBe(true);
    spec.put(namespace('bank', { cidr: '10.2.0.0/24' }));
    expect(spec.problems('out')).toEqual([]);
  });
});

describe('the addresses of a cluster rule with a namespace selector', () => {
  const text = configurationText({
    isSupportRouteDomain: true,
    tenant: [
      { name: 'Common', namespaces: 'shop' },
      { name: 'finance', namespaces: 'bank', routeDomain: { id: 7, name: 'fin' } },
    ],
  });
  const selected = { namespaceSelector: { matchLabels: { tier: 'front' } } };
  const front = { tier: 'front' };

  it('fault 5: carry the route domain of their namespace, each its own', () => {
    const spec = ClusterSpec.configured(
      text,
      externalService('payments', {}, { namespace: 'kube-system' }),
      namespace('shop', { labels: front, cidr: '10.1.0.0/24' }),
      namespace('bank', { labels: front, cidr: '10.1.0.0/24' }),
      clusterRule('all', selected),
      clusterRule('everyone'),
    );
    expect(spec.prefixes('all')).toEqual(['10.1.0.0%7/24', '10.1.0.0/24']);
    expect(spec.prefixes('everyone')).toBeNull();
    spec.put(namespace('bank', { cidr: '10.1.0.0/24' }));
    expect(spec.prefixes('all')).toEqual(['10.1.0.0/24']);
  });

  it('promise 1: of a permission lack namespaces that are in no tenant, of a denial they do not', () => {
    const spec = ClusterSpec.configured(
      text,
      externalService('payments', {}, { namespace: 'kube-system' }),
      namespace('elsewhere', { labels: front, cidr: '10.8.0.0/24' }),
      clusterRule('all', selected),
      clusterRule('block', { ...selected, action: 'reject' }),
    );
    expect(spec.prefixes('all')).toEqual([]);
    expect(spec.problems('all')).toEqual(['NamespacesLeftOut', 'NoSources']);
    expect(spec.prefixes('block')).toEqual(['10.8.0.0/24']);
  });

  it('are those of the pods of namespaces without an annotation', () => {
    const spec = ClusterSpec.configured(
      text,
      externalService('payments', {}, { namespace: 'kube-system' }),
      namespace('bank', { labels: front }),
      clusterRule('all', selected),
    );
    spec.put(pod('vault', { namespace: 'bank', addresses: ['10.2.0.1'] }));
    expect(spec.prefixes('all')).toEqual(['10.2.0.1%7']);
  });

  it('move with a changed route domain', () => {
    const spec = ClusterSpec.configured(
      text,
      externalService('payments', {}, { namespace: 'kube-system' }),
      namespace('bank', { labels: front, cidr: '10.1.0.0/24' }),
      clusterRule('all', selected),
    );
    const { rules } = spec.when(configured(text.replace('"id":7', '"id":8')));
    expect(spec.prefixes('all')).toEqual(['10.1.0.0%8/24']);
    expect(rules[0]?.closed).toMatchObject([{ routeDomain: 7 }]);
    expect(rules[0]?.opened).toMatchObject([{ routeDomain: 8 }]);
  });
});

describe('endpoints without a pod', () => {
  const bare = endpoints('web', [], { endpoints: [{ addresses: ['172.16.0.1'], pod: null }] });

  it('count only where the configuration allows it', () => {
    const spec = ClusterSpec.given(externalService('payments'), bare, serviceRule('out'));
    expect(spec.prefixes('out')).toEqual([]);
    spec.when(configured(configurationText({ endpointsWithoutPods: 'allow' })));
    expect(spec.prefixes('out')).toEqual(['172.16.0.1']);
  });
});
