import { describe, expect, it } from 'vitest';
import { routeDomainOfNamespace, tenantOfNamespace } from './configuration.js';
import { parseConfiguration } from './configuration-parser.js';

/** As the installation script of CES 0.5 wrote it. */
const old = `
clusterName: k8s
isSupportRouteDomain: true
##AS3 basic configuration
masterCluster: k8s
schemaVersion: "3.28.0"
iRule:
  - bwc-1mbps-irule
tenant:
  - name: project2
    namespaces: project2,project2-test
    routeDomain:
      id: 2
      name: "rd2"
    virtualService:
      template: ""
      virtualAddresses:
        virtualAddress: "0.0.0.0"
        icmpEcho: "disable"
        arpEnabled: false
        template: '{}'
    gwPool:
      serverAddresses:
        - "1.16.10.22"
        - "192.168.10.22%2"
  - name: "Common"
    namespaces: ""
    virtualService:
      template: ''
    gwPool:
      serverAddresses: ["192.168.10.1"]
logPool:
  loggingEnabled: true
  enableRemoteLog: false
  healthMonitor: gateway_icmp
  serverAddresses: ["1.2.3.4", "1.2.3.5:515", "[2001:db8::1]:516", "2001:db8::2"]
  template: '{"k8s_afm_hsl_log_profile": {"class": "Security_Log_Profile"}}'
`;

function understood(text: string) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === null) throw new Error(JSON.stringify(problems));
  return configuration;
}

function errors(text: string): string[] {
  return parseConfiguration(text)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ line, key, message }) => `${line} ${key} ${message}`);
}

const least = 'clusterName: k8s\ntenant:\n  - name: Common\n';

describe('a ces-conf.yaml of CES 0.5', () => {
  it('keeps its meaning', () => {
    expect(parseConfiguration(old).problems).toEqual([]);
    expect(understood(old)).toMatchObject({
      clusterName: 'k8s',
      masterCluster: 'k8s',
      routeDomains: true,
      schemaVersion: '3.28.0',
      bandwidths: ['bwc-1mbps-irule'],
      log: {
        remote: false,
        healthMonitor: 'gateway_icmp',
        servers: [
          { address: '1.2.3.4', port: 514 },
          { address: '1.2.3.5', port: 515 },
          { address: '2001:db8::1', port: 516 },
          { address: '2001:db8::2', port: 514 },
        ],
      },
    });
  });

  it('has Common first, in the default route domain', () => {
    const [common, project] = understood(old).tenants;
    expect(common).toMatchObject({ name: 'Common', namespaces: [], routeDomain: { id: 0, name: '0' } });
    expect(project).toMatchObject({
      name: 'project2',
      namespaces: ['project2', 'project2-test'],
      routeDomain: { id: 2, name: 'rd2' },
      gatewayPool: ['1.16.10.22', '192.168.10.22%2'],
    });
  });

  it('keeps the layout of CES 0.5, which it does not name', () => {
    expect(understood(old).tenants.map(({ layout }) => layout)).toEqual(['rule-lists', 'rule-lists']);
  });

  it('leads from a namespace to its tenant and route domain', () => {
    const on = understood(old);
    expect([tenantOfNamespace(on, 'project2-test'), routeDomainOfNamespace(on, 'project2')]).toEqual(['project2', 2]);
    const off = understood(old.replace('isSupportRouteDomain: true', 'isSupportRouteDomain: false'));
    expect([tenantOfNamespace(off, 'project2'), routeDomainOfNamespace(off, 'project2')]).toEqual(['Common', 0]);
  });

  it('fault 10: a namespace that it does not list belongs nowhere', () => {
    expect(tenantOfNamespace(understood(old), 'elsewhere')).toBeNull();
  });

  it('logs nothing unless that is switched on', () => {
    const { configuration, problems } = parseConfiguration(old.replace('  loggingEnabled: true\n', ''));
    expect(configuration?.log).toBeNull();
    expect(problems).toMatchObject([{ severity: 'warning', key: 'logPool.template' }]);
  });

  it('may write its keys in any case', () => {
    expect(understood(old.replace('clusterName', 'clustername').replace('gwPool', 'GWPOOL')).clusterName).toBe('k8s');
  });
});

describe('the defaults', () => {
  it('are those of CES 0.5, and safe ones for what is new', () => {
    expect(understood(least)).toEqual({
      clusterName: 'k8s',
      masterCluster: 'k8s',
      deviceName: 'bigip',
      routeDomains: false,
      schemaVersion: '3.29.0',
      bandwidths: [],
      namespaceSource: 'auto',
      endpointsWithoutPods: false,
      observe: false,
      takeover: 'hold',
      drift: 'repair',
      driftInterval: 300,
      keepDeclarations: 90,
      defaultDeny: 'from-first-rule',
      tenants: [
        {
          name: 'Common',
          namespaces: [],
          routeDomain: { id: 0, name: '0' },
          layout: 'rule-lists',
          virtualServer: { template: null, virtualAddress: '0.0.0.0', icmpEcho: 'disable', arpEnabled: false },
          gatewayPool: [],
        },
      ],
      log: null,
    });
  });

  it('let a tenant override the layout', () => {
    const text = `layout: in-place\n${least}  - name: old\n    layout: rule-lists\n`;
    expect(understood(text).tenants.map(({ layout }) => layout)).toEqual(['in-place', 'rule-lists']);
  });

  it('cannot be changed by whoever gets them', () => {
    expect(Object.isFrozen(understood(least).tenants[0]?.virtualServer)).toBe(true);
  });
});

describe('a configuration that is wrong', () => {
  it.each([
    ['no cluster name', 'tenant:\n  - name: Common\n', '1 clusterName is missing; name this cluster'],
    ['an empty one', least.replace('k8s', '""'), '1 clusterName is missing; name this cluster'],
    ['an underscore in it', least.replace('k8s', 'k8_s'), '1 clusterName must begin with a letter'],
    ['no Common', 'clusterName: k8s\ntenant: []\n', '2 tenant must have an entry named Common'],
    ['a tenant twice', `${least}  - name: Common\n`, '4 tenant[1].name is used by an earlier tenant'],
    ['a tenant that AS3 takes for something else', `${least}  - name: label\n`, '4 tenant[1].name has a meaning'],
    [
      'a namespace in two tenants',
      `${least}    namespaces: a\n  - name: b\n    namespaces: a\n`,
      '6 tenant[1].namespaces lists a namespace that the tenant "Common" lists too',
    ],
    [
      'a namespace that is none',
      `${least}    namespaces: "A b"\n`,
      '4 tenant[0].namespaces must list names of namespaces',
    ],
    [
      'a tenant without its route domain',
      `isSupportRouteDomain: true\n${least}  - name: shop\n`,
      '5 tenant[1].routeDomain is missing',
    ],
    [
      'a route domain without its number',
      `${least}  - name: shop\n    routeDomain: {name: rd2}\n`,
      '5 tenant[1].routeDomain.id is missing',
    ],
    [
      'a route domain that cannot be',
      `${least}  - name: shop\n    routeDomain: {id: 70000, name: rd2}\n`,
      '5 tenant[1].routeDomain.id must be a whole number',
    ],
    ['an unknown layout', `layout: both\n${least}`, '1 layout must be one of in-place, rule-lists'],
    ['a schema version without quotes', `schemaVersion: 3.56\n${least}`, '1 schemaVersion must be a version of AS3 3'],
    [
      'a template that is no JSON',
      `${least}    virtualService: {template: "{"}\n`,
      '4 tenant[0].virtualService.template is not a JSON object',
    ],
    [
      'a gateway that is no address',
      `${least}    gwPool: {serverAddresses: [here]}\n`,
      '4 tenant[0].gwPool.serverAddresses must list IP addresses',
    ],
    [
      'a log server that is none',
      `${least}logPool: {serverAddresses: ["x:514"]}\n`,
      '4 logPool.serverAddresses must list addresses',
    ],
    ['logging without a template', `${least}logPool: {loggingEnabled: true}\n`, '4 logPool.template is missing'],
    ['an iRule with a path', `${least}iRule: [/Common/x]\n`, '4 iRule must list names of iRules in /Common'],
    [
      'a list where a mapping belongs',
      `${least}    virtualService: []\n`,
      '4 tenant[0].virtualService must be a mapping',
    ],
    ['no mapping at all', '- a\n', '1  the file must be a mapping of keys to values'],
    ['no YAML', 'clusterName: [\n', '2  not valid YAML'],
    ['a key twice', `clusterName: a\n${least}`, '2  not valid YAML (duplicate_key)'],
    ['a key twice, in two cases', `${least}ClusterName: other\n`, '4 ClusterName stands here already as clusterName'],
  ])('%s is named with its key and line', (_, text, expected) => {
    expect(parseConfiguration(text).configuration).toBeNull();
    expect(errors(text).some((error) => error.startsWith(expected))).toBe(true);
  });

  it.each([
    ['no YAML', 'clusterName: [\n', 2],
    ['no mapping', 'hello\n', 1],
    ['a name that is none, which the master cluster would have too', 'clusterName: 7up\ntenant: [{name: Common}]\n', 1],
  ])('%s is one error, not followed by others that come of it', (_, text, line) => {
    expect(parseConfiguration(text).problems).toMatchObject([{ severity: 'error', line }]);
  });

  it('promise 12: is never shown the value of', () => {
    const text = `${least}layout: s3cret\nschemaVersion: s3cret\nlogPool: {template: s3cret, healthMonitor: "s3 cret"}\n`;
    expect(JSON.stringify(parseConfiguration(text).problems)).not.toContain('s3cret');
  });

  it('is warned of keys that nobody knows', () => {
    expect(parseConfiguration(`${least}clusterNam: x\n`).problems).toEqual([
      { severity: 'warning', key: 'clusterNam', line: 4, message: 'is not a key that CES knows; it is ignored' },
    ]);
  });

  it('is warned of a route domain that two tenants claim', () => {
    const tenant = (name: string) => `  - {name: ${name}, routeDomain: {id: 2, name: rd2}}\n`;
    expect(
      parseConfiguration(`${least}${tenant('a')}${tenant('b')}isSupportRouteDomain: true\n`).problems,
    ).toMatchObject([{ severity: 'warning', key: 'tenant[2].routeDomain', line: 5 }]);
  });

  it('is warned of a log template that cannot log', () => {
    const text = `${least}logPool:\n  loggingEnabled: true\n  template: '{"p": {"class": "Log_Publisher"}}'\n`;
    expect(parseConfiguration(text).problems).toMatchObject([
      { severity: 'warning', key: 'logPool.template', line: 6 },
    ]);
  });

  it.each(['', '# nothing\n', 'null\n'])('is said to lack everything when it is empty (%j)', (text) => {
    expect(errors(text)).toHaveLength(2);
  });
});
