import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { defaultSchemaDirectory } from '../schema-directory.js';
import { adc, addresses, egressTenant, fqdns, policy, ports, rule, tenant } from '../testing/declarations.spec.js';
import { loadSchema } from './schema.js';
import { parseVersion } from './version.js';

const official = process.env['AS3_SCHEMA_DIR'] ?? defaultSchemaDirectory();
const available = official !== null && existsSync(official);

const common = { label: 'k8s', template: 'shared' };
const right: Record<string, JsonObject> = {
  'an egress tenant': adc({ T1: egressTenant('T1') }),
  'an empty tenant': adc({ T1: { class: 'Tenant' } }),
  'domain names': adc({ T1: tenant({ names: fqdns('www.example.com') }) }),
  'a Common tenant': adc({ Common: tenant({ a: addresses('10.0.0.0/8') }) }),
  'controls as AS3 stores them': adc({ controls: { archiveTimestamp: '2026-01-01T00:00:00.000Z' } }),
  'a pool, a service address and an iRule': adc({
    T1: tenant({
      pool: {
        class: 'Pool',
        members: [{ servicePort: 0, serverAddresses: ['10.0.0.1'] }],
        monitors: [{ bigip: '/Common/gateway_icmp' }],
      },
      va: { class: 'Service_Address', virtualAddress: '0.0.0.0', arpEnabled: false, icmpEcho: 'disable' },
      irule: { class: 'iRule', iRule: 'when FLOW_INIT {}' },
    }),
  }),
};
const wrong: Record<string, JsonObject> = {
  'an unknown property of a rule': adc({ T1: tenant({ p: policy({ ...rule('r', 'drop'), schedule: 'x' }) }) }),
  'an unknown property of a tenant': adc({ T1: { ...egressTenant('T1'), routeDomain: 2 } }),
  'an empty address list': adc({ T1: tenant({ a: { class: 'Firewall_Address_List', addresses: [] } }) }),
  'an address list without any entries': adc({ T1: tenant({ a: { class: 'Firewall_Address_List' } }) }),
  'an empty port list': adc({ T1: tenant({ p: ports() }) }),
  'a rule without an action': adc({ T1: tenant({ p: policy({ name: 'r' }) }) }),
  'an unknown action': adc({ T1: tenant({ p: policy({ name: 'r', action: 'allow' }) }) }),
  'a name that begins with a digit': adc({ T1: tenant({ '1a': addresses('10.0.0.1') }) }),
  'a name that ends in a hyphen': adc({ T1: tenant({ 'a-': addresses('10.0.0.1') }) }),
  'a name of 191 characters': adc({ T1: tenant({ ['a'.repeat(191)]: addresses('10.0.0.1') }) }),
  'an unknown class': adc({ T1: tenant({ a: { class: 'Firewall_Adress_List' } }) }),
  'no schema version': { class: 'ADC', id: 'x', T1: { class: 'Tenant', ...common } },
  'a schema version of the future': adc({ T1: egressTenant('T1') }, { schemaVersion: '3.99.0' }),
  'a virtual address that is none': adc({
    T1: tenant({ va: { class: 'Service_Address', virtualAddress: '999.1.1.1' } }),
  }),
  'a bigip path without a slash': adc({ T1: tenant({ p: policy({ ...rule('r', 'drop'), iRule: { bigip: 'bwc' } }) }) }),
  'a service without a port': adc({ T1: tenant({ vs: { class: 'Service_L4', virtualAddresses: ['0.0.0.0'] } }) }),
};

const schemas = [
  ['the built-in schema', null] as const,
  ...(available ? [['the official schema', official] as const] : []),
];

describe.each(schemas)('%s', (_title, directory) => {
  const on = (version: string) => loadSchema(parseVersion(version), directory).check;

  it.each(Object.entries(right))('accepts %s', (_name, declaration) => {
    expect(on('3.56.0')(declaration)).toBeNull();
  });

  it.each(Object.entries(wrong))('refuses %s', (_name, declaration) => {
    expect(on('3.56.0')(declaration)).toMatch(/^\//);
  });

  it('names the place by a JSON pointer', () => {
    const declaration = adc({ T1: tenant({ p: policy({ ...rule('r', 'drop'), schedule: 'x' }) }) });
    expect(on('3.56.0')(declaration)).toBe('/T1/Shared/p/rules/0: must NOT have additional properties ("schedule")');
  });

  it('knows what came with which version', () => {
    const since: readonly (readonly [string, string, JsonObject])[] = [
      ['3.51.0', '3.52.0', adc({ T1: egressTenant('T1', { more: { useCommonRouteDomainTenant: false } }) })],
      [
        '3.48.0',
        '3.49.0',
        adc({ Common: tenant({ p: { ...policy(), routeDomainEnforcement: [{ bigip: '/Common/0' }] } }) }),
      ],
      ['3.54.0', '3.55.0', adc({ T1: tenant({ ip: { class: 'IP_Intelligence_Policy' } }) })],
      ['3.29.0', '3.30.0', adc({ controls: { class: 'Controls', dryRun: true } })],
    ];
    for (const [before, from, declaration] of since) {
      expect(on(before)(declaration)).not.toBeNull();
      expect(on(from)(declaration)).toBeNull();
    }
  });

  it('takes declarations of its own and of older schema versions only', () => {
    const of = (schemaVersion: string): JsonObject => adc({ T1: egressTenant('T1') }, { schemaVersion });
    expect([on('3.50.0')(of('3.29.0')), on('3.50.0')(of('3.50.0')), on('3.50.0')(of('3.51.0'))]).toEqual([
      null,
      null,
      expect.any(String),
    ]);
  });
});

if (!available) {
  describe('the official schema (skipped: no folder of AS3 schemas at AS3_SCHEMA_DIR or ../shared/as3)', () => {
    it('is replaced by the built-in one', () => {
      expect(loadSchema(parseVersion('3.56.0'), official).source).toBeNull();
    });
  });
}
