import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRule } from '#testing/arbitrary-desired';
import { desiredRule } from '#testing/builders';
import { fittedName, isNameable, pathOf, ruleNames, sharedNames } from './names.js';

const as3Name = /^[A-Za-z]([0-9A-Za-z_.-]{0,188}[0-9A-Za-z_.])?$/;

describe('the names of a rule', () => {
  it('are those of CES 0.5 for a cluster rule', () => {
    const names = ruleNames(
      desiredRule({ kind: 'ClusterEgressRule', name: 'r', source: { type: 'everyone' } }),
      'Common',
    );
    expect([names.destinations('e'), names.ports('e', 'tcp'), names.ruleList('e'), names.sources]).toEqual([
      'k8s_global_r_ext_e_address',
      'k8s_global_r_ext_e_ports_tcp',
      'k8s_global_r_ext_e_rule_list',
      'k8s_global_r_src_address',
    ]);
  });

  it('are those of CES 0.5 for a namespace rule', () => {
    const source = { type: 'namespace', namespace: 'n' } as const;
    const names = ruleNames(desiredRule({ kind: 'NamespaceEgressRule', namespace: 'n', name: 'r', source }), 'n');
    expect([names.ruleList('e'), names.sources]).toEqual(['k8s_ns_n_r_ext_e_rule_list', 'k8s_ns_n_r_src_address']);
  });

  it('are those of CES 0.5 for a service rule, whose sources also name the service', () => {
    const source = { type: 'service', namespace: 'n', service: 's' } as const;
    const names = ruleNames(desiredRule({ namespace: 'n', name: 'r', source }), 'Common');
    expect([names.ruleList('e'), names.sources, names.ruleInList('accept', 'e', 'tcp')]).toEqual([
      'k8s_svc_n_r_ext_e_rule_list',
      'k8s_svc_n_r_ep_s_src_address',
      'accept_e_tcp',
    ]);
  });

  it('follow the same pattern for a pod rule', () => {
    const source = { type: 'pods', namespace: 'n', selector: { requirements: [] } } as const;
    const names = ruleNames(desiredRule({ kind: 'PodEgressRule', namespace: 'n', name: 'r', source }), 'Common');
    expect([names.ruleList('e'), names.sources, names.ruleInPolicy('drop', 'e', 'any')]).toEqual([
      'k8s_pod_n_r_ext_e_rule_list',
      'k8s_pod_n_r_src_address',
      'k8s_pod_n_r_ext_e_drop_any',
    ]);
  });

  it('never coincide between rules, and always fit AS3', () => {
    const all = (rule: Parameters<typeof ruleNames>[0]) => {
      const names = ruleNames(rule, 'Common');
      return ['a', 'ext', 'x'.repeat(200)].flatMap((service) => [
        names.sources,
        names.destinations(service),
        names.ruleList(service),
        names.ports(service, 'tcp'),
        names.ruleInPolicy('accept', service, 'tcp'),
      ]);
    };
    fc.assert(
      fc.property(arbitraryRule('Common', ['k8s', 'c2']), arbitraryRule('Common', ['k8s', 'c2']), (left, right) => {
        expect(all(left).every((name) => as3Name.test(name))).toBe(true);
        fc.pre(left.cluster !== right.cluster || left.uid !== right.uid);
        expect(all(left).filter((name) => all(right).includes(name))).toEqual([]);
      }),
    );
  });
});

describe('shared names', () => {
  it('carry the master cluster and the route domain', () => {
    expect(sharedNames('m', 'rd2', 'shop')).toEqual({
      globalPolicy: 'm_system_global_policy',
      namespacePolicy: 'm_ns_policy_rd2',
      servicePolicy: 'm_svc_policy_rd2',
      denyAllList: 'm_svc_deny_all_rule_list',
      gatewayPool: 'm_gw_pool',
      logPool: 'm_log_pool',
      logProfile: 'm_afm_hsl_log_profile',
      virtualAddress: 'm_outbound_va',
      virtualServer: 'm_outbound_vs',
    });
  });
});

describe('shortening', () => {
  it('keeps 173 characters and 16 digits of the hash of a name over 190', () => {
    const name = `k8s_ns_n_${'r'.repeat(200)}_src_address`;
    const fitted = fittedName(name, 'Common');
    expect(fitted).toHaveLength(190);
    expect(fitted).toMatch(/^k8s_ns_n_r{164}_[0-9a-f]{16}$/);
  });

  it('leaves a name of 190 characters as it is', () => {
    const name = 'k'.repeat(190);
    expect(fittedName(name, 'Common')).toBe(name);
  });

  it('keeps the whole path within 255 characters, however long the tenant is named', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 128 }), (name, tenant) => {
        const fitted = fittedName('k'.repeat(name), 't'.repeat(tenant));
        expect(pathOf('t'.repeat(tenant), fitted).length).toBeLessThanOrEqual(255);
        expect(fitted.length).toBeLessThanOrEqual(190);
      }),
    );
  });

  it('keeps names apart that only differ behind the cut', () => {
    const [one, other] = ['a', 'b'].map((end) => fittedName(`k8s_${'r'.repeat(250)}${end}`, 'Common'));
    expect(one).not.toBe(other);
  });
});

describe('isNameable', () => {
  it.each(['../../Common/x', 'a/b', 'a b', 'a_b', 'A', '', 'a"b', 'a'.repeat(254)])(
    'refuses a rule named %j',
    (name) => {
      expect(isNameable(desiredRule({ name }))).toBe(false);
    },
  );

  it('refuses a service that could not exist', () => {
    expect(isNameable(desiredRule({ source: { type: 'service', namespace: 'n', service: 'x_src/../y' } }))).toBe(false);
  });

  it('takes every name that Kubernetes takes', () => {
    expect(isNameable(desiredRule({ name: 'web-1.v2', namespace: 'shop' }))).toBe(true);
  });
});
