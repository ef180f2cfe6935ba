import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { workloadsOf } from '../manifests/workload.js';
import { type Manifest } from './cluster.js';
import { eventually, useInstallation } from './fixture.js';
import { namespace, Installation } from './installation.js';
import { bank, clusterRule, externalService, namespaceRule, podRule, service, serviceRule } from './manifests.js';
import { type Outcome } from './kubectl.js';

let applied: Outcome | undefined;
const fixture = useInstallation(async (server) => {
  const installation = await Installation.prepare(server);
  applied = await installation.apply();
  await installation.migrate();
  await installation.runAll();
  return installation;
});

const kubectl = (...parameters: readonly string[]) => fixture.ces.kubectl.run(parameters);
const apply = (...manifests: readonly Manifest[]) =>
  fixture.ces.kubectl.run(['apply', '-f', '-'], manifests.map((manifest) => stringify(manifest)).join('---\n'));
const allowed = (destination: string) => fixture.ces.device.allows('shop', { source: '10.1.0.1', destination });

describe('kubectl apply -k', () => {
  it('installs everything without a warning', () => {
    expect(applied).toMatchObject({ code: 0, errors: '' });
    expect(applied?.output.trim().split('\n')).toHaveLength(fixture.ces.objects.length);
  });

  it('leaves nothing that kubectl would change', async () => {
    expect(await fixture.ces.difference()).toEqual({ code: 0, output: '', errors: '' });
  });

  it('makes workloads whose pods the pod security admission lets in', async () => {
    for (const { metadata, spec } of workloadsOf(fixture.ces.objects)) {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: metadata.name, namespace },
        spec: spec.template.spec,
      };
      const outcome = await fixture.ces.kubectl.try(['create', '--dry-run=server', '-f', '-'], stringify(pod));
      expect(outcome, metadata.name).toMatchObject({ code: 0, errors: '' });
    }
  });

  it('explains the fields of the resources', async () => {
    expect(await kubectl('explain', 'podegressrule.spec.podSelector')).toContain('matchLabels');
    expect(await kubectl('api-resources', '--api-group=kubeovn.io', '-o', 'name')).toBe(
      [
        'clusteregressrules.kubeovn.io',
        'externalservices.kubeovn.io',
        'namespaceegressrules.kubeovn.io',
        'podegressrules.kubeovn.io',
        'serviceegressrules.kubeovn.io',
        '',
      ].join('\n'),
    );
  });
});

describe('each kind of rule', () => {
  const other = '203.0.113.7';

  const kinds = [
    { short: 'podgr', rule: podRule('pods', 'shop', 'web'), addresses: '1' },
    { short: 'svcgr', rule: serviceRule('service', 'shop', 'web'), addresses: '1' },
    { short: 'nsgr', rule: namespaceRule('namespace', 'shop'), addresses: '1' },
    { short: 'cgr', rule: clusterRule('cluster'), addresses: '' },
    {
      short: 'cgr',
      rule: clusterRule('selected', { namespaceSelector: { matchLabels: { team: 'shop' } } }),
      addresses: '1',
    },
  ];

  it('finds its surroundings', async () => {
    const { cluster } = fixture;
    await cluster.createNamespace('shop', { team: 'shop' });
    for (const home of ['shop', 'kube-system']) {
      await apply(externalService('bank', home, bank), externalService('other', home, other));
    }
    await apply(service('web', 'shop'));
    await cluster.runPod('shop', 'web-1', { address: '10.1.0.1' });
    await cluster.setEndpoints('shop', 'web', [{ name: 'web-1', address: '10.1.0.1' }]);
    expect(await kubectl('get', 'exsvc', '-n', 'shop')).toMatch(
      /^NAME +ADDRESSES +AGE\nbank +\["198\.51\.100\.10"\] +/,
    );
  });

  it.each(kinds)('$rule.kind $rule.metadata.name: created, shown, changed and deleted with kubectl', async (each) => {
    const { rule, short, addresses } = each;
    const { name, namespace: home } = rule.metadata;
    const here = home === undefined ? [] : ['-n', home];
    expect(await allowed(bank)).toBe(false);

    await apply(rule);
    const columns = ['NAME', 'ACTION', 'STATUS', 'ADDRESSES', 'ACCEPTED', 'PROGRAMMED', 'AGE'];
    const { action } = rule['spec'] as { readonly action: string };
    const accepted: unknown = expect.any(String);
    await eventually(async () => {
      expect(await allowed(bank)).toBe(true);
      const [header, row] = table(await kubectl('get', short, name, ...here));
      expect(header).toEqual(columns);
      const shown = [name, action, 'Success', ...(addresses === '' ? [] : [addresses])];
      expect(row?.slice(0, -1)).toEqual([...shown, accepted, 'Programmed']);
    });
    const wide = (await kubectl('get', short, name, ...here, '-o', 'wide')).split('\n')[0];
    expect(wide).toMatch(/PRIORITY +ACCEPTED MESSAGE +PROGRAMMED MESSAGE/);

    await kubectl('patch', short, name, ...here, '--type=merge', '-p', '{"spec":{"externalServices":["other"]}}');
    await eventually(async () => {
      expect([await allowed(bank), await allowed(other)]).toEqual([false, true]);
      expect(await fixture.cluster.get(rule.kind, home ?? '', name)).toMatchObject({
        metadata: { generation: 2 },
        status: { phase: 'Success', observedGeneration: 2 },
      });
    });
    expect(await kubectl('describe', short, name, ...here)).toMatch(/Normal +Programmed .*container-egress-services/);

    await kubectl('delete', short, name, ...here);
    await eventually(async () => {
      expect(await allowed(other)).toBe(false);
    });
  });

  it('lists all kinds of CES together', async () => {
    await apply(podRule('pods', 'shop', 'web'));
    const output = await kubectl('get', 'ces', '-A');
    expect(output).toContain('externalservice.kubeovn.io/bank');
    expect(output).toContain('podegressrule.kubeovn.io/pods');
  });
});

describe('what is not a rule', () => {
  const refused = async (manifest: Manifest) => {
    const { code, errors } = await fixture.ces.kubectl.try(['apply', '-f', '-'], stringify(manifest));
    expect(code).toBe(1);
    return errors;
  };
  const selecting = (podSelector: object) => podRule('wrong', 'shop', 'web', { podSelector: { ...podSelector } });

  it.each([
    ['an unknown action', podRule('wrong', 'shop', 'web', { action: 'allow' }), /spec\.action.*"accept", "drop"/],
    ['a priority out of range', clusterRule('wrong', { priority: 1_000_001 }), /spec\.priority.*1000000/],
    ['an empty pod selector', selecting({}), 'podSelector names no label, and an empty one would select every pod'],
    ['a selector of empty parts', selecting({ matchLabels: {} }), 'podSelector names no label'],
    ['a label key that is none', selecting({ matchLabels: { 'my app': 'web' } }), 'a key is no label key'],
    [
      'In without values',
      selecting({ matchExpressions: [{ key: 'app', operator: 'In' }] }),
      'values must name at least one',
    ],
    [
      'an empty namespace selector',
      clusterRule('wrong', { namespaceSelector: {} }),
      'namespaceSelector names no label',
    ],
    ['a rule to nowhere', podRule('wrong', 'shop', 'web', { externalServices: [] }), 'spec.externalServices'],
  ])('%s is refused in words that help', async (_what, manifest, words) => {
    expect(await refused(manifest)).toMatch(words);
  });

  it('a port that is none is refused', async () => {
    const wrong = externalService('wrong', 'shop', bank);
    expect(await refused({ ...wrong, spec: { addresses: [bank], ports: [{ port: '80 to 90' }] } })).toContain(
      'spec.ports[0].port',
    );
  });

  it('a misspelt field is refused by kubectl, which asks for strict validation', async () => {
    expect(await refused(podRule('wrong', 'shop', 'web', { prioritty: 5 }))).toContain(
      'unknown field "spec.prioritty"',
    );
  });
});

describe('what CES 0.5 took', async () => {
  const folder = 'test/fixtures/ces-0.5';
  const fixtures = await readdir(folder);

  it.each(fixtures)('the manifests of %s are accepted', async (name) => {
    for (const project of ['project2', 'project3', 'default']) await fixture.cluster.createNamespace(project);
    const documents = parseAllDocuments(await readFile(`${folder}/${name}/manifests.yaml`, 'utf8'));
    const ours = documents.filter((document) => document.get('apiVersion') === 'kubeovn.io/v1alpha1');
    expect(ours.length).toBeGreaterThanOrEqual(2);
    const text = ours.map((document) => String(document)).join('');
    expect(await fixture.ces.kubectl.try(['apply', '-f', '-'], text)).toMatchObject({ code: 0, errors: '' });
    await fixture.ces.kubectl.run(['delete', '-f', '-'], text);
  });
});

/** The cells of what `kubectl get` printed, row by row. */
function table(output: string): readonly (readonly string[])[] {
  return output
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
}
