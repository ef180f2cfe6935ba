import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { compileTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { expectConformance } from '#testing/as3-conformance';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCluster } from './cluster.js';

/** As CES 0.5's users have it: no layout key, Endpoints, no pods in the input. */
const configuration = `
clusterName: k8s
isSupportRouteDomain: false
masterCluster: k8s
schemaVersion: "3.29.0"
iRule: [bwc-1mbps-irule]
tenant:
  - name: Common
    namespaces: "default,project2"
    virtualService:
      template: ''
    gwPool:
      serverAddresses: ["192.168.10.1"]
`;
const rule = (action: string, service = 'mysql-service') => `
apiVersion: kubeovn.io/v1alpha1
kind: ExternalService
metadata: { name: exsvc4, namespace: default }
spec:
  addresses: [211.6.6.7, db.example.com]
  ports:
    - { name: dns-udp, protocol: UDP, port: "9090" }
    - { name: dns-tcp, protocol: TCP, port: "9090", bandwidth: bwc-1mbps-irule }
---
apiVersion: kubeovn.io/v1alpha1
kind: ServiceEgressRule
metadata: { name: rule4, namespace: default }
spec: { action: ${action}, logging: true, service: ${service}, externalServices: [exsvc4] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: mysql-service, namespace: default }
subsets:
  - addresses: [{ ip: 10.16.0.7 }]
    notReadyAddresses: [{ ip: 10.16.0.8 }]
`;

describe('ces compile, on the files of a CES 0.5 installation', () => {
  let directory: string;

  const compiled = async (manifests: string) => {
    const config = join(directory, 'ces-conf.yaml');
    await writeFile(config, configuration);
    await writeFile(join(directory, 'rules.yaml'), manifests);
    const cluster = await readCluster(config, [join(directory, 'rules.yaml')], 'kube-system');
    const [desired] = cluster.tenants;
    if (desired === undefined) throw new Error('no tenant');
    const result = compileTenant({ desired, as3Version: '3.56.0', stored: null });
    const shared = result?.declaration['Shared'];
    if (result !== null) expectConformance(requestFor(result, result.declaration), '3.29.0');
    return { cluster, shared: isJsonObject(shared) ? shared : {} };
  };
  const rulesOf = (shared: JsonObject, name: string): readonly JsonValue[] => {
    const object = shared[name];
    return isJsonObject(object) && Array.isArray(object['rules']) ? (object['rules'] as readonly JsonValue[]) : [];
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('gives the objects of CES 0.5, by the same names', async () => {
    const { shared } = await compiled(rule('accept'));
    const list = 'k8s_svc_default_rule4_ext_exsvc4_rule_list';
    expect(shared).toMatchObject({
      [list]: { class: 'Firewall_Rule_List' },
      k8s_svc_default_rule4_ext_exsvc4_address: { addresses: ['211.6.6.7'], fqdns: ['db.example.com'] },
      'k8s_svc_default_rule4_ep_mysql-service_src_address': { addresses: ['10.16.0.7', '10.16.0.8'] },
      'k8s_svc_default_rule4_ext_exsvc4_ports_dns-tcp': { ports: ['9090'] },
      k8s_svc_deny_all_rule_list: { rules: [{ name: 'deny_all_rule', action: 'drop' }] },
    });
    expect(rulesOf(shared, 'k8s_svc_policy_rd')).toEqual([
      { use: `/Common/Shared/${list}` },
      { use: '/Common/Shared/k8s_svc_deny_all_rule_list' },
    ]);
    expect(rulesOf(shared, list)).toMatchObject([
      {
        name: 'accept_exsvc4_dns-tcp',
        protocol: 'tcp',
        iRule: { bigip: '/Common/bwc-1mbps-irule' },
        loggingEnabled: true,
      },
      { name: 'accept_exsvc4_udp', protocol: 'udp', loggingEnabled: true },
    ]);
  });

  it('warns that without pods every endpoint counts', async () => {
    const { cluster } = await compiled(rule('accept'));
    expect(cluster.remarks).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('no Pod') as unknown },
    ]);
  });

  it('fault 1: a service without endpoints is nobody, not everybody', async () => {
    const { shared, cluster } = await compiled(rule('accept', 'nobody'));
    expect(Object.keys(shared).filter((name) => name.includes('rule4'))).toEqual([]);
    expect(cluster.remarks.map(({ message }) => message).join()).toContain('applies to nobody');
  });

  it('says where something is wrong, and goes on with the rest', async () => {
    const text = `kind: Deployment\nmetadata: { name: x }\n---\n${rule('accept')}\n---\n: : :\n`;
    const { cluster, shared } = await compiled(text);
    expect(shared).toHaveProperty('k8s_svc_default_rule4_ext_exsvc4_rule_list');
    expect(cluster.remarks).toMatchObject([
      {
        line: expect.any(Number) as unknown,
        severity: 'error',
        message: expect.stringContaining('not valid YAML') as unknown,
      },
      { line: 1, severity: 'warning', message: expect.stringContaining('Deployment') as unknown },
      { severity: 'warning' },
    ]);
  });

  it('takes no version of a rule that it does not know, and no namespace of a rule of the cluster', async () => {
    const newer = rule('accept').replace('kind: ServiceEgressRule', 'kind: ServiceEgressRule # newer');
    const lines = newer.split('\n');
    const at = lines.findIndex((line) => line.includes('# newer'));
    lines[at - 1] = 'apiVersion: kubeovn.io/v2';
    const clusterRule = `---
apiVersion: kubeovn.io/v1alpha1
kind: ClusterEgressRule
metadata: { name: everyone, namespace: default }
spec: { action: drop, externalServices: [nowhere] }
`;
    const { cluster, shared } = await compiled(lines.join('\n') + clusterRule);
    expect(shared).not.toHaveProperty('k8s_svc_default_rule4_ext_exsvc4_rule_list');
    const messages = cluster.remarks.map(({ message }) => message).join('\n');
    expect(messages).toContain('the kind ServiceEgressRule of kubeovn.io/v2 is not one that CES reads');
    expect(messages).toContain('ClusterEgressRule everyone: The external service "nowhere" does not exist');
  });

  it('is not drowned in aliases of aliases', async () => {
    const ten = (name: string) => Array.from({ length: 10 }, () => name).join(', ');
    const levels = ['b', 'c', 'd', 'e', 'f', 'g'].map(
      (name, index) => `${name}: &${name} [${ten(`*${'abcdef'[index]}`)}]`,
    );
    const bomb = `a: &a [${ten('x')}]\n${levels.join('\n')}\n`;
    const { cluster, shared } = await compiled(`${rule('accept')}---\n${bomb}`);
    expect(shared).toHaveProperty('k8s_svc_default_rule4_ext_exsvc4_rule_list');
    expect(cluster.remarks.map(({ message }) => message)).toContainEqual(expect.stringContaining('aliases'));
  });

  it('names key and line of a configuration that is not valid', async () => {
    const config = join(directory, 'ces-conf.yaml');
    await writeFile(config, 'clusterName: k8s\nlayout: sideways\ntenant:\n  - name: Common\n');
    await expect(readCluster(config, [], 'kube-system')).rejects.toThrow(`${config}:2: error: layout must be one of`);
  });
});
