import { describe, expect, it } from 'vitest';
import { type Layout } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { configuration, desiredRule, destination, tenantConfiguration } from '#testing/builders';
import { compiled, policyNames, sharedOf } from '#testing/compiled';
import { entriesOf, entryName } from './policy-entries.js';

function tenant(rules: readonly DesiredRule[], layout: Layout = 'in-place') {
  const decides = configuration({ tenants: [tenantConfiguration({ layout })] });
  return { tenant: 'Common', configurations: [decides], rules };
}

/** The declarations that lead from some rules to others. */
function change(before: readonly DesiredRule[], after: readonly DesiredRule[], layout: Layout = 'in-place') {
  const { declaration: stored } = compiled({ desired: tenant(before, layout) });
  return compiled({ desired: tenant(after, layout), stored });
}

const service = (name: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({
    uid: `svc-${name}`,
    name,
    source: { type: 'service', namespace: 'default', service: name },
    ...overrides,
  });
const ofNamespace = (name: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({
    ...{ kind: 'NamespaceEgressRule', uid: `ns-${name}`, name, source: { type: 'namespace', namespace: 'default' } },
    ...overrides,
  });
const ofCluster = (name: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({
    ...{ kind: 'ClusterEgressRule', uid: `global-${name}`, namespace: '', name, source: { type: 'everyone' } },
    ...{ prefixes: null, ...overrides },
  });

const [pod, otherPod, thirdPod] = ['10.1.0.1', '10.1.0.2', '10.1.0.3'];
const web = service('web', { prefixes: [pod, otherPod] });
const fence = ofNamespace('fence', { action: 'drop', prefixes: [pod, otherPod] });
const bank = destination({ externalService: 'bank', addresses: ['203.0.113.5'] });

describe('a change of Common that takes one declaration', () => {
  const everyday: readonly (readonly [string, readonly DesiredRule[], readonly DesiredRule[]])[] = [
    ['an address comes', [web, fence], [{ ...web, prefixes: [pod, otherPod, thirdPod] }, fence]],
    ['an address goes', [web, fence], [{ ...web, prefixes: [pod] }, fence]],
    [
      'a pod comes, in every rule about it',
      [web, fence],
      [
        { ...web, prefixes: [pod, otherPod, thirdPod] },
        { ...fence, prefixes: [pod, otherPod, thirdPod] },
      ],
    ],
    [
      'a pod goes, in every rule about it',
      [web, fence],
      [
        { ...web, prefixes: [pod] },
        { ...fence, prefixes: [pod] },
      ],
    ],
    [
      'a pod is replaced, in every rule about it',
      [web, fence],
      [
        { ...web, prefixes: [pod, thirdPod] },
        { ...fence, prefixes: [pod, thirdPod] },
      ],
    ],
    [
      'one pod comes while another goes elsewhere',
      [web, fence, service('db', { prefixes: [thirdPod] })],
      [{ ...web, prefixes: [pod] }, fence, service('db', { prefixes: [thirdPod, '10.1.0.4'] })],
    ],
    ['a rule comes', [web], [web, fence]],
    ['a rule goes', [web, fence], [web]],
    ['a rule changes its action', [web, fence], [web, { ...fence, action: 'accept' }]],
    ['rules change their order', [web, service('db')], [web, service('db', { priority: 1 })]],
  ];

  it.each(everyday)('%s', (_what, before, after) => {
    expect(change(before, after)).toMatchObject({ narrowedSteps: 0, steps: [{}] });
  });

  it('is every change of another partition, which AS3 applies at once', () => {
    const shop = tenantConfiguration({ name: 'shop', layout: 'in-place', routeDomain: { id: 2, name: 'rd2' } });
    const decides = configuration({ routeDomains: true, tenants: [tenantConfiguration(), shop] });
    const inShop = (rules: readonly DesiredRule[]) => ({
      tenant: 'shop',
      configurations: [decides],
      rules: rules.map((rule) => ({ ...rule, tenant: 'shop' })),
    });
    const { declaration: stored } = compiled({ desired: inShop([web, fence]) });
    const lifted = [
      { ...web, prefixes: [otherPod] },
      { ...fence, prefixes: [otherPod, thirdPod] },
    ];
    expect(compiled({ desired: inShop(lifted), stored }).steps).toHaveLength(1);
  });
});

/** The pod leaves the denial, whose list gains another one, in the first pass, and the permission in the second. */
const lifted = [
  { ...web, prefixes: [otherPod] },
  { ...fence, prefixes: [otherPod, thirdPod] },
];

describe('a change of Common that would be open between the two transactions', () => {
  it('promise 1: a denial is lifted in the first and a permission withdrawn in the second', () => {
    expect(change([web, fence], lifted).narrowedSteps).toBeGreaterThan(0);
  });

  it('promise 1: an address passes from a namespace that may to one that may not, but whose pod may', () => {
    const open = ofNamespace('open', { priority: 1, prefixes: [pod, thirdPod] });
    const closed = ofNamespace('closed', { action: 'drop', prefixes: [otherPod] });
    const job = service('job', { prefixes: [otherPod] });
    const after = [open, closed, job].map((rule) => ({
      ...rule,
      prefixes: rule === open ? [thirdPod] : [pod, otherPod],
    }));
    expect(change([open, closed, job], after).narrowedSteps).toBeGreaterThan(0);
  });

  it('promise 1: a rule for everyone comes while an address goes', () => {
    const allowance = ofCluster('updates', { action: 'accept-decisively', destinations: [bank] });
    const after = [{ ...web, prefixes: [pod] }, fence, allowance];
    expect(change([web, fence], after).narrowedSteps).toBeGreaterThan(0);
  });

  it('goes on from wherever it was broken off, and ends in the same', () => {
    const whole = change([web, fence], lifted);
    for (const step of whole.steps) {
      const resumed = compiled({ desired: tenant(lifted), stored: step });
      expect(resumed.declaration).toEqual(whole.declaration);
      expect(resumed.digest).toBe(whole.digest);
    }
    expect(compiled({ desired: tenant(lifted), stored: whole.declaration }).steps).toHaveLength(1);
  });
});

describe('the first state in between', () => {
  /** The rules of a policy by name, with what their lists hold. */
  function rulesIn(body: JsonObject, policy: string): Record<string, JsonValue> {
    const shared = sharedOf(body);
    const contents = (end: JsonValue | undefined): JsonValue => {
      const lists = isJsonObject(end) && Array.isArray(end['addressLists']) ? end['addressLists'] : [];
      return (lists as readonly JsonValue[]).filter(isJsonObject).flatMap((list) => {
        const held = shared[entryName(list)];
        return isJsonObject(held) ? (held['addresses'] ?? []) : [];
      });
    };
    return Object.fromEntries(
      entriesOf(shared[policy]).map((entry) => [
        entryName(entry).replace(/_interim_[0-9a-f]{16}$/, '~'),
        `${JSON.stringify(entry['action']).replaceAll('"', '')} ${JSON.stringify(contents(entry['source']))}`,
      ]),
    );
  }
  const inBetween = (before: readonly DesiredRule[], after: readonly DesiredRule[], policy: string) =>
    rulesIn(change(before, after).steps[0] ?? {}, policy);
  const [global, namespaces, services] = ['k8s_system_global_policy', 'k8s_ns_policy_rd', 'k8s_svc_policy_rd'];

  it('leaves alone what the change leaves alone', () => {
    const db = service('db', { prefixes: [thirdPod] });
    expect(inBetween([web, fence, db], [...lifted, db], services)).toMatchObject({
      k8s_svc_default_db_ext_payments_accept_tcp: `accept ["${thirdPod}"]`,
      deny_all_rule: 'drop []',
    });
  });

  it('of a permission keeps the addresses that it has before and after', () => {
    expect(inBetween([web, fence], lifted, services)).toEqual({
      'k8s_svc_default_web_ext_payments_accept_tcp~': `accept ["${otherPod}"]`,
      deny_all_rule: 'drop []',
    });
  });

  it('has a denial as it was and as it will be, each under a name of its own', () => {
    const { steps } = change([web, fence], lifted);
    const names = policyNames(steps[0] ?? {}, namespaces);
    expect(names).toHaveLength(2);
    const lists = Object.entries(sharedOf(steps[0] ?? {})).filter(([name]) => /fence.*src_address_interim/.test(name));
    expect(lists.map(([, list]) => isJsonObject(list) && list['addresses'])).toEqual(
      expect.arrayContaining([
        [pod, otherPod],
        [otherPod, thirdPod],
      ]),
    );
  });

  it('leaves a permission out that is new, or goes', () => {
    const allowance = ofCluster('updates', { action: 'accept-decisively', destinations: [bank] });
    expect(inBetween([web, fence], [{ ...web, prefixes: [pod] }, fence, allowance], global)).toEqual({});
    expect(inBetween([web, fence, allowance], lifted, global)).toEqual({});
  });

  it('keeps a denial above the permissions that it stood above, before or after', () => {
    const [low, high] = [
      ofNamespace('ban', { action: 'drop', priority: 2000, destinations: [bank], prefixes: [pod] }),
      ofNamespace('ban', { action: 'drop', priority: 1, destinations: [bank], prefixes: [pod] }),
    ];
    const allow = ofNamespace('allow', { action: 'accept-decisively', destinations: [bank], prefixes: [pod] });
    const { steps } = change([web, fence, allow, low], [...lifted, allow, high]);
    const names = policyNames(steps[0] ?? {}, namespaces);
    expect(names.findIndex((name) => name.includes('_ban_'))).toBeLessThan(
      names.findIndex((name) => name.includes('_allow_')),
    );
  });

  it('has a denial in place of an accept that comes or goes above an accept-decisively', () => {
    const through = ofNamespace('through', { action: 'accept-decisively', priority: 2000, prefixes: [pod] });
    const onward = ofNamespace('onward', { action: 'accept', priority: 1, prefixes: [pod] });
    expect(inBetween([web, fence, through, onward], [...lifted, through], namespaces)).toMatchObject({
      'k8s_ns_default_onward_ext_payments_accept_tcp~': `drop ["${pod}"]`,
    });
  });

  it('still has every list as it was, and the second has them as they will be', () => {
    const { declaration: stored } = compiled({ desired: tenant([web, fence]) });
    const { steps, declaration } = change([web, fence], lifted);
    const list = (body: JsonObject) => sharedOf(body)['k8s_ns_default_fence_src_address'];
    expect(steps.slice(0, 2).map(list)).toEqual([list(stored), list(declaration)]);
    expect(JSON.stringify(steps.at(-1))).not.toContain('_interim_');
  });
});

describe('in the rule-lists layout', () => {
  const { steps, narrowedSteps, declaration } = change([web, fence], lifted, 'rule-lists');

  it('promise 1: policies in between refer to rule lists only, which leave them before they are deleted', () => {
    expect([steps.length, narrowedSteps]).toEqual([4, 2]);
    const referred = (body: JsonObject) => policyNames(body, 'k8s_ns_policy_rd');
    const held = (body: JsonObject) => Object.keys(sharedOf(body));
    const [first = {}, second = {}, third = {}] = steps;
    expect(entriesOf(sharedOf(first)['k8s_ns_policy_rd']).every((entry) => typeof entry['use'] === 'string')).toBe(
      true,
    );
    const interim = referred(second).filter((name) => name.includes('_interim_'));
    expect(interim.length).toBeGreaterThan(0);
    expect(held(third)).toEqual(expect.arrayContaining(interim));
    expect(referred(third)).toEqual(referred(declaration));
    expect(held(declaration).filter((name) => interim.includes(name))).toEqual([]);
  });
});
