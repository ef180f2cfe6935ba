import { describe, expect, it } from 'vitest';
import { type LogConfiguration } from '#core/configuration';
import { type JsonObject } from '#core/json';
import { configuration, desiredRule, tenantConfiguration } from '#testing/builders';
import { compiled, sharedOf } from '#testing/compiled';

const logTemplate = JSON.stringify({
  k8s_afm_hsl_log_profile: {
    class: 'Security_Log_Profile',
    network: {
      publisher: { use: '/{{tenant}}/Shared/k8s_firewall_hsl_log_publisher' },
      logRuleMatchAccepts: true,
      logRuleMatchDrops: true,
    },
  },
  k8s_firewall_hsl_log_publisher: {
    class: 'Log_Publisher',
    destinations: [{ use: '/{{tenant}}/Shared/k8s_remote-hsl-dest-format' }, { bigip: '/Common/local-db' }],
  },
  'k8s_remote-hsl-dest': {
    class: 'Log_Destination',
    type: 'remote-high-speed-log',
    pool: { use: '/{{tenant}}/Shared/k8s_log_pool' },
  },
  'k8s_remote-hsl-dest-format': {
    class: 'Log_Destination',
    type: 'remote-syslog',
    format: 'rfc5424',
    remoteHighSpeedLog: { use: '/{{tenant}}/Shared/k8s_remote-hsl-dest' },
  },
});

const virtualServerTemplate = JSON.stringify({
  class: 'Service_L4',
  layer4: 'any',
  virtualPort: 0,
  snat: 'none',
  translateServerAddress: false,
  translateServerPort: false,
  remark: 'k8s {{tenant}}',
});

interface Case {
  readonly tenant?: 'Common' | 'shop';
  readonly log?: LogConfiguration | null;
  readonly template?: string | null;
}

function shared({ tenant = 'shop', log = null, template = null }: Case): JsonObject {
  const virtualServer = { template, virtualAddress: '0.0.0.0', icmpEcho: 'disable', arpEnabled: false } as const;
  const decides = configuration({
    clusterName: 'east',
    masterCluster: 'east',
    routeDomains: true,
    log,
    tenants: [
      tenantConfiguration({ virtualServer }),
      tenantConfiguration({ name: 'shop', namespaces: ['shop'], routeDomain: { id: 2, name: 'rd2' }, virtualServer }),
    ],
  });
  const rule = desiredRule({ cluster: 'east', tenant, namespace: tenant === 'shop' ? 'shop' : 'default' });
  return sharedOf(compiled({ desired: { tenant, configurations: [decides], rules: [rule] } }).declaration);
}

const local: LogConfiguration = { remote: false, healthMonitor: 'tcp', servers: [], template: logTemplate };
const remote: LogConfiguration = {
  ...local,
  remote: true,
  servers: [
    { address: '192.0.2.9', port: 514 },
    { address: '192.0.2.10', port: 1514 },
  ],
};

describe('logging to the device itself', () => {
  it('keeps the profile and the publisher of the template, with the local database as destination', () => {
    const objects = shared({ log: local });
    expect(objects['east_afm_hsl_log_profile']).toMatchObject({
      network: { publisher: { use: '/shop/Shared/east_firewall_hsl_log_publisher' } },
    });
    expect(objects['east_firewall_hsl_log_publisher']).toEqual({
      class: 'Log_Publisher',
      destinations: [{ bigip: '/Common/local-db' }],
    });
    expect(Object.keys(objects).filter((name) => name.includes('remote'))).toEqual([]);
  });

  it('has the log pool all the same, with its default member', () => {
    expect(shared({ log: local })['east_log_pool']).toEqual({
      class: 'Pool',
      members: [{ serverAddresses: ['0.0.0.0'], servicePort: 514, enable: true }],
      monitors: [{ bigip: '/Common/tcp' }],
    });
  });

  it('hangs the profile on the virtual server', () => {
    expect(shared({ log: local })['east_outbound_vs']).toMatchObject({
      securityLogProfiles: [{ use: '/shop/Shared/east_afm_hsl_log_profile' }],
    });
  });
});

describe('logging to remote servers', () => {
  it('takes everything that the template has, and the servers with their ports', () => {
    const objects = shared({ log: remote });
    expect(objects).toMatchObject({
      'east_remote-hsl-dest': { pool: { use: '/shop/Shared/east_log_pool' } },
      'east_remote-hsl-dest-format': { remoteHighSpeedLog: { use: '/shop/Shared/east_remote-hsl-dest' } },
      east_log_pool: {
        members: [
          { serverAddresses: ['192.0.2.9'], servicePort: 514, enable: true },
          { serverAddresses: ['192.0.2.10'], servicePort: 1514, enable: true },
        ],
      },
    });
  });

  it('turns pointers that a template hard-codes into Common to the tenant, so that AS3 leaves Common alone', () => {
    const template = logTemplate.replaceAll('{{tenant}}', 'Common');
    const objects = shared({ log: { ...remote, template } });
    expect(JSON.stringify(objects)).not.toContain('"/Common/Shared');
    expect(objects['east_afm_hsl_log_profile']).toMatchObject({
      network: { publisher: { use: '/shop/Shared/east_firewall_hsl_log_publisher' } },
    });
  });

  it('leaves those pointers in Common itself', () => {
    const template = logTemplate.replaceAll('{{tenant}}', 'Common');
    expect(shared({ tenant: 'Common', log: { ...remote, template } })['east_remote-hsl-dest']).toMatchObject({
      pool: { use: '/Common/Shared/east_log_pool' },
    });
  });
});

describe('a log template without the profile that CES 0.5 names', () => {
  it('has the profile that it does have on the virtual server, so that no pointer dangles', () => {
    const template = logTemplate.replaceAll('k8s_afm_hsl_log_profile', 'k8s_other');
    expect(shared({ log: { ...local, template } })['east_outbound_vs']).toMatchObject({
      securityLogProfiles: [{ use: '/shop/Shared/east_other' }],
    });
  });
});

describe('a virtual server template', () => {
  it('keeps what it says, and gets the references filled in', () => {
    const objects = shared({ template: virtualServerTemplate });
    expect(objects['east_outbound_vs']).toEqual({
      class: 'Service_L4',
      layer4: 'any',
      virtualPort: 0,
      snat: 'none',
      translateServerAddress: false,
      translateServerPort: false,
      remark: 'east shop',
      virtualAddresses: [{ use: '/shop/Shared/east_outbound_va' }],
      pool: 'east_gw_pool',
      policyFirewallEnforced: { use: '/shop/Shared/east_svc_policy_rd2' },
    });
  });

  it('gets the log profile when logging is configured', () => {
    const objects = shared({ template: virtualServerTemplate, log: local });
    expect(objects['east_outbound_vs']).toMatchObject({
      securityLogProfiles: [{ use: '/shop/Shared/east_afm_hsl_log_profile' }],
    });
  });

  it('keeps its own log profiles then, and loses them without logging', () => {
    const own = virtualServerTemplate.replace('{', '{"securityLogProfiles":[{"bigip":"/Common/own"}],');
    expect(shared({ template: own, log: local })['east_outbound_vs']).toMatchObject({
      securityLogProfiles: [{ bigip: '/Common/own' }],
    });
    expect(shared({ template: own })['east_outbound_vs']).not.toHaveProperty('securityLogProfiles');
  });
});
