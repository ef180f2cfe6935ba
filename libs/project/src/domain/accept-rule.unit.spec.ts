import { ClusterSpec, configured } from '#testing/project/cluster-spec';
import {
  clusterRule,
  configurationText,
  externalService,
  namespace,
  namespaceRule,
  serviceRule,
} from '#testing/project/objects';
import { describe, expect, it } from 'vitest';

const broken = { addresses: ['not an address'] };

describe('a permission', () => {
  it('is declared for each external service that is understood', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      externalService('mail', { addresses: ['mail.example.com'] }),
      serviceRule('out', { externalServices: ['mail', 'payments'] }),
    );
    expect(spec.destinations('out')).toEqual(['mail: mail.example.com', 'payments: 198.51.100.7']);
    expect(spec.facts('out').accepted).toBe(true);
  });

  it('promise 1: is left out for each external service that is not understood, with the reason', () => {
    const spec = ClusterSpec.given(
      externalService('payments'),
      externalService('mail', broken),
      serviceRule('out', { externalServices: ['mail', 'payments', 'unknown'] }),
    );
    expect(spec.destinations('out')).toEqual(['payments: 198.51.100.7']);
    expect(spec.problems('out')).toEqual(['InvalidAddress', 'UnknownExternalService', 'UnknownService', 'NoSources']);
  });

  it('promise 1: loses what stops being understood, at once', () => {
    const spec = ClusterSpec.given(externalService('payments'), serviceRule('out'));
    spec.put(externalService('payments', broken, { resourceVersion: '2' }));
    expect(spec.destinations('out')).toEqual([]);
    expect(spec.facts('out').accepted).toBe(false);
  });

  it('promise 1: is gone when its own spec stops being understood', () => {
    const spec = ClusterSpec.given(externalService('payments'), serviceRule('out'));
    spec.put(serviceRule('out', { action: 'allow' }));
    expect(spec.desired('out')).toBeUndefined();
    expect(spec.problems('out')).toEqual(['InvalidSpec']);
  });

  it('promise 1: is not declared for a spec that was broken when it turned from a denial', () => {
    const spec = ClusterSpec.given(externalService('payments'), serviceRule('out', { action: 'drop' }));
    spec.put(serviceRule('out', { action: 'accept', priority: 'first' }));
    expect(spec.desired('out')?.action).toBe('drop');
  });

  it('fault 6: goes at once when its external service is deleted, and comes back with it', () => {
    const spec = ClusterSpec.given(externalService('payments'), serviceRule('out'));
    spec.delete(externalService('payments'));
    expect(spec.destinations('out')).toEqual([]);
    expect(spec.problems('out')).toContain('UnknownExternalService');
    spec.put(externalService('payments', {}, { resourceVersion: '3' }));
    expect(spec.destinations('out')).toEqual(['payments: 198.51.100.7']);
  });

  it('says when it names no external service', () => {
    const spec = ClusterSpec.given(serviceRule('out', { externalServices: [] }));
    expect(spec.problems('out')[0]).toBe('NoDestinations');
    expect(spec.facts('out').accepted).toBe(false);
  });

  it('says when it passes traffic on only to where it is denied', () => {
    const spec = ClusterSpec.given(
      namespace('shop', { cidr: '10.1.0.0/24' }),
      externalService('payments'),
      namespaceRule('out', { action: 'accept' }),
      namespaceRule('decisive'),
    );
    expect(spec.problems('out')).toEqual(['NoEffectAlone']);
    expect(spec.facts('out').accepted).toBe(true);
    expect(spec.problems('decisive')).toEqual([]);
  });
});

describe('a denial', () => {
  const denial = (spec = {}) => serviceRule('block', { action: 'drop', ...spec });

  it('promise 1: keeps the last form of an external service that stops being understood', () => {
    const spec = ClusterSpec.given(externalService('payments'), denial());
    spec.put(externalService('payments', { addresses: ['203.0.113.9', 'nonsense'] }, { resourceVersion: '2' }));
    expect(spec.destinations('block')).toEqual(['payments: 198.51.100.7']);
    expect(spec.facts('block').accepted).toBe(false);
    expect(spec.problems('block')).toContain('InvalidAddress');
  });

  it('promise 1: keeps its last form when its own spec stops being understood, and follows its external services', () => {
    const spec = ClusterSpec.given(externalService('payments'), denial());
    spec.put(denial({ priority: 'first' }));
    expect(spec.desired('block')).toMatchObject({ action: 'drop', priority: 1000 });
    spec.put(externalService('payments', { addresses: ['203.0.113.9'] }, { resourceVersion: '2' }));
    expect(spec.destinations('block')).toEqual(['payments: 203.0.113.9']);
    expect(spec.facts('block').accepted).toBe(false);
  });

  it('promise 1: that was never accepted before declares what was understood of it', () => {
    const spec = ClusterSpec.given(externalService('payments', { addresses: ['203.0.113.9', 'nonsense'] }), denial());
    expect(spec.destinations('block')).toEqual(['payments: 203.0.113.9']);
    spec.put(externalService('payments', { addresses: ['192.0.2.8', 'nonsense'] }, { resourceVersion: '2' }));
    expect(spec.destinations('block')).toEqual(['payments: 192.0.2.8']);
    spec.put(externalService('payments', broken, { resourceVersion: '3' }));
    expect(spec.destinations('block')).toEqual(['payments: 192.0.2.8']);
  });

  it('fault 6: keeps its last form when its external service is deleted, until it is deleted itself', () => {
    const spec = ClusterSpec.given(externalService('payments'), denial());
    spec.delete(externalService('payments'));
    expect(spec.destinations('block')).toEqual(['payments: 198.51.100.7']);
    expect(spec.facts('block').accepted).toBe(false);
    const { tenants } = spec.delete(denial());
    expect(spec.desired('block')).toBeUndefined();
    expect(tenants).toEqual(['Common']);
  });

  it('lets go of an external service that it no longer names', () => {
    const spec = ClusterSpec.given(externalService('payments'), externalService('mail'), denial());
    spec.put(denial({ externalServices: ['mail'] }));
    spec.delete(externalService('mail'));
    expect(spec.destinations('block')).toEqual(['mail: 198.51.100.7']);
    spec.put(externalService('payments', broken, { resourceVersion: '2' }));
    spec.put(denial({ externalServices: ['payments'] }));
    expect(spec.destinations('block')).toEqual([]);
  });

  it('forgets its last form when it becomes a permission', () => {
    const spec = ClusterSpec.given(externalService('payments'), denial());
    spec.put(denial({ action: 'accept' }));
    spec.put(externalService('payments', broken, { resourceVersion: '2' }));
    expect(spec.destinations('block')).toEqual([]);
  });
});

describe('where a rule is declared', () => {
  const tenants = {
    isSupportRouteDomain: true,
    tenant: [
      { name: 'Common', namespaces: 'shop' },
      { name: 'finance', namespaces: 'bank', routeDomain: { id: 7, name: 'fin' } },
    ],
  };

  it('follows from the configuration, and changes with it', () => {
    const spec = ClusterSpec.configured(
      configurationText(tenants),
      externalService('payments', {}, { namespace: 'bank' }),
      serviceRule('out', {}, { namespace: 'bank' }),
      clusterRule('all'),
    );
    expect(spec.desired('out')?.tenant).toBe('finance');
    expect(spec.desired('all')?.tenant).toBe('Common');
    const { tenants: dirty } = spec.when(configured(configurationText()));
    expect(spec.desired('out')?.tenant).toBe('Common');
    expect(dirty).toEqual(['Common', 'finance']);
  });

  it('fault 10: is nowhere for a namespace in no tenant, and the status says so', () => {
    const spec = ClusterSpec.given(
      externalService('payments', {}, { namespace: 'elsewhere' }),
      serviceRule('out', {}, { namespace: 'elsewhere' }),
    );
    expect(spec.desired('out')).toBeUndefined();
    expect(spec.facts('out')).toMatchObject({ accepted: false, addresses: 0 });
    expect(spec.problems('out')).toEqual(['NamespaceNotConfigured']);
  });

  it('finds the external services of cluster rules in the namespace of the controller', () => {
    const spec = ClusterSpec.given(
      externalService('payments', { addresses: ['192.0.2.1'] }, { namespace: 'kube-system' }),
      externalService('payments', { addresses: ['192.0.2.2'] }, { namespace: 'ces-system' }),
      clusterRule('all'),
    );
    expect(spec.destinations('all')).toEqual(['payments: 192.0.2.1']);
    spec.when(configured(configurationText(), 'ces-system'));
    expect(spec.destinations('all')).toEqual(['payments: 192.0.2.2']);
    spec.put(
      externalService('payments', { addresses: ['192.0.2.3'] }, { namespace: 'ces-system', resourceVersion: '2' }),
    );
    expect(spec.destinations('all')).toEqual(['payments: 192.0.2.3']);
  });

  it('fault 10: takes a bandwidth only by its whole name', () => {
    const limited = { ports: [{ protocol: 'TCP', port: '443', bandwidth: 'slow' }] };
    const spec = ClusterSpec.configured(
      configurationText({ iRule: ['slow-irule'] }),
      externalService('payments', limited),
      serviceRule('out'),
    );
    expect(spec.problems('out')).toContain('UnknownBandwidth');
    spec.when(configured(configurationText({ iRule: ['slow'] })));
    expect(spec.desired('out')?.destinations[0]?.services[0]?.bandwidth).toBe('slow');
  });

  it('fault 7: an external service that several rules and kinds use updates them all', () => {
    const spec = ClusterSpec.given(
      namespace('shop', { cidr: '10.1.0.0/24' }),
      externalService('payments'),
      serviceRule('first'),
      serviceRule('second'),
      namespaceRule('third'),
    );
    spec.put(externalService('payments', { addresses: ['203.0.113.1'] }, { resourceVersion: '2' }));
    for (const name of ['first', 'second', 'third']) {
      expect(spec.destinations(name)).toEqual(['payments: 203.0.113.1']);
    }
  });
});
