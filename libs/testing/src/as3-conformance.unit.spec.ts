import { describe, expect, it } from 'vitest';
import { expectConformance, hasSchema } from './as3-conformance.js';

function request(object: Record<string, string | string[]>) {
  const Shared = { class: 'Application', template: 'shared', object };
  const declaration = { class: 'ADC', schemaVersion: '3.29.0', id: 'x', T: { class: 'Tenant', Shared } };
  return { class: 'AS3', declaration };
}

describe.runIf(hasSchema('3.56.0'))('the conformance check', () => {
  it('passes what F5 allows', () => {
    expectConformance(request({ class: 'Firewall_Address_List', addresses: ['192.0.2.1'] }));
  });

  it.each([
    ['an empty address list', { class: 'Firewall_Address_List', addresses: [] }],
    ['a property that does not exist', { class: 'Firewall_Port_List', ports: ['80'], colour: 'red' }],
    ['a virtual address that is none', { class: 'Service_Address', virtualAddress: 'here' }],
    ['a class that it does not cover', { class: 'WAF_Policy' }],
  ])('refuses %s', (_, object) => {
    expect(() => {
      expectConformance(request(object));
    }).toThrow();
  });
});
