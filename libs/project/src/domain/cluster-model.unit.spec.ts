import { objectKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { ClusterSpec, configured, gone, put } from '#testing/project/cluster-spec';
import {
  configurationText,
  endpoints,
  externalService,
  namespace,
  pod,
  podRule,
  service,
  serviceRule,
} from '#testing/project/objects';
import { describe, expect, it } from 'vitest';
import { ClusterModel } from './cluster-model.js';
import { desiredTenants } from './desired-tenants.js';

const web = pod('web-1', { addresses: ['10.1.0.1'] });

describe('a cluster', () => {
  it('is resolved only when it is configured and every kind was listed', () => {
    const spec = new ClusterSpec();
    const objects = [externalService('payments'), web, podRule('out')];
    const first = spec.when(configured(), ...objects.map(put));
    expect(first).toEqual({ rules: [], pinned: [], tenants: [] });
    const kinds = objectKinds.map((kind) => ({ type: 'kind-synced', kind }) as const);
    expect(spec.when(...kinds.slice(0, -1))).toEqual({ rules: [], pinned: [], tenants: [] });
    expect(desiredTenants(spec.model)).toEqual([]);
    const complete = spec.when(...kinds.slice(-1));
    expect(complete.tenants).toEqual(['Common']);
    expect(complete.rules).toHaveLength(1);
    expect(spec.prefixes('out')).toEqual(['10.1.0.1']);
  });

  it('that becomes complete before it is configured is resolved then', () => {
    const spec = new ClusterSpec();
    spec.when(...objectKinds.map((kind) => ({ type: 'kind-synced', kind }) as const), put(externalService('payments')));
    expect(spec.put(web, podRule('out')).rules).toEqual([]);
    expect(spec.when(configured()).rules).toHaveLength(1);
  });
});

describe('a batch', () => {
  const given = () => ClusterSpec.given(externalService('payments'), web, podRule('out'));

  it('gives the grants that it opened and closed', () => {
    const next = pod('web-2', { addresses: ['10.1.0.2'] });
    const { rules, tenants } = given().when(gone(web), put(next));
    expect(tenants).toEqual(['Common']);
    expect(rules).toMatchObject([
      {
        declarationChanged: true,
        closed: [{ prefix: '10.1.0.1', pod: { uid: web.uid } }],
        opened: [{ prefix: '10.1.0.2', namespace: 'shop', pod: { uid: next.uid, name: 'web-2' } }],
      },
    ]);
  });

  it('in which another pod takes over an address changes its owner, and not what is declared', () => {
    const heir = pod('web-2', { addresses: ['10.1.0.1'] });
    const { rules, tenants } = given().when(gone(web), put(heir));
    expect(tenants).toEqual([]);
    expect(rules).toMatchObject([
      { declarationChanged: false, closed: [{ pod: { uid: web.uid } }], opened: [{ pod: { uid: heir.uid } }] },
    ]);
  });

  it('that touches no rule changes nothing', () => {
    const spec = given();
    expect(spec.put(pod('db-1', { addresses: ['10.1.0.7'], labels: { app: 'db' } }))).toEqual({
      rules: [],
      pinned: [],
      tenants: [],
    });
    expect(spec.put(pod('web-9', { namespace: 'bank', addresses: ['10.2.0.1'] }))).toEqual({
      rules: [],
      pinned: [],
      tenants: [],
    });
  });

  it('resolves the rules that it touches, and no others', () => {
    const spec = given();
    spec.put(externalService('mail'), podRule('mail', { podSelector: { matchLabels: { app: 'db' } } }));
    const { rules } = spec.put(pod('web-2', { addresses: ['10.1.0.2'] }));
    expect(rules.map(({ after }) => after?.object.name)).toEqual(['out']);
  });

  it('with the generation of a rule alone makes it known, without a declaration', () => {
    const { rules, tenants } = given().put(podRule('out', {}, { generation: 2 }));
    expect(tenants).toEqual([]);
    expect(rules).toMatchObject([{ declarationChanged: false, after: { object: { generation: 2 } } }]);
  });
});

describe('an external service', () => {
  it('is read once, however many rules name it and however long it is', () => {
    const addresses = Array.from({ length: 10_000 }, (_, index) => `10.8.${index >> 8}.${index & 255}`);
    const rules = Array.from({ length: 300 }, (_, index) => podRule(`out-${index}`));
    const spec = ClusterSpec.given(externalService('payments'), web, ...rules);
    const began = performance.now();
    spec.put(externalService('payments', { addresses }));
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(spec.problems('out-299')).toEqual([]);
  });
});

describe('a tenant that the configuration no longer names', () => {
  it('is emptied, under the configuration that it had', () => {
    const two = configurationText({
      isSupportRouteDomain: true,
      tenant: [
        { name: 'Common', namespaces: '' },
        { name: 'finance', namespaces: 'shop', routeDomain: { id: 7, name: 'fin' } },
      ],
    });
    const one = configurationText({ isSupportRouteDomain: true, tenant: [{ name: 'Common', namespaces: 'shop' }] });
    const spec = ClusterSpec.configured(two, externalService('payments'), web, podRule('out'));
    expect(spec.when(configured(one)).tenants).toEqual(['Common', 'finance']);
    const [common, finance] = desiredTenants(spec.model);
    expect(common).toMatchObject({ tenant: 'Common', rules: [{ name: 'out' }] });
    expect(finance).toMatchObject({ tenant: 'finance', rules: [] });
    expect(finance?.configurations[0]?.tenants.map(({ name }) => name)).toEqual(['Common', 'finance']);
    spec.when(configured(two));
    expect([...spec.model.retired.keys()]).toEqual([]);
    spec.when(configured(one));
    expect(spec.when({ type: 'tenant-forgotten', tenant: 'finance' }).tenants).toEqual([]);
    expect(spec.when(configured(one)).tenants).toEqual(['Common']);
  });
});

describe('a model that is continued from what was stored', () => {
  it('is the one that it was', () => {
    const objects: ClusterObject[] = [
      namespace('shop'),
      externalService('payments'),
      web,
      service('web'),
      endpoints('web', [web]),
      serviceRule('out'),
      serviceRule('block', { action: 'drop' }),
    ];
    const spec = ClusterSpec.given(...objects);
    spec.put(externalService('payments', { addresses: ['?'] }, { resourceVersion: '2' }));
    const { model } = spec;
    const restored = ClusterModel.restore({
      configuration: model.configurationEvent,
      retired: {},
      synced: objectKinds,
      objects: objectKinds.flatMap((kind) => [...model.objects.ofKind(kind)]),
      rules: model.rules(),
      pinned: model.pinnedRules(),
    });
    expect(desiredTenants(restored)).toEqual(desiredTenants(model));
    for (const each of [restored, model])
      each.apply(put(pod('web-1', { addresses: ['10.1.0.9'], resourceVersion: '2' })));
    expect(restored.settle()).toEqual(model.settle());
    expect(desiredTenants(restored)[0]?.rules.map(({ prefixes }) => prefixes)).toEqual([['10.1.0.9'], ['10.1.0.9']]);
  });
});
