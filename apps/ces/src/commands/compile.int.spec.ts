import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from '#core/json';
import { expectConformance } from '#testing/as3-conformance';
import { ces } from '../testing/recorded-run.spec.js';

const fixtures = 'test/fixtures/ces-0.5';

function requestsIn(out: string): readonly JsonObject[] {
  const parsed = parseJson(out);
  if (!Array.isArray(parsed)) throw new Error('no list was printed');
  return (parsed as readonly JsonValue[]).filter(isJsonObject);
}

function tenantsOf(out: string): string[] {
  return requestsIn(out).flatMap(({ declaration }) =>
    Object.entries(isJsonObject(declaration) ? declaration : {}).flatMap(([name, body]) =>
      isJsonObject(body) ? [name] : [],
    ),
  );
}

describe.each([
  ['one-partition', []],
  ['route-domains', []],
  ['in-place', []],
  ['second-cluster', ['--foreign', `${fixtures}/one-partition/expected.json`]],
])('the files of a CES 0.5 installation: %s', (name, flags) => {
  const folder = `${fixtures}/${name}`;
  const compile = () =>
    ces('compile', '--config', `${folder}/ces-conf.yaml`, '-f', `${folder}/manifests.yaml`, ...flags);

  test('come to these declarations, with these remarks', async () => {
    const { code, out, err } = await compile();
    expect(requestsIn(out)).toEqual(parseJson(await readFile(`${folder}/expected.json`, 'utf8')));
    expect(`${err}\n`).toBe(await readFile(`${folder}/remarks.txt`, 'utf8'));
    expect(code).toBe(0);
  });

  test('promise 5: to the same bytes each time, one request a line, as the worker sends them', async () => {
    const [first, second] = [await compile(), await compile()];
    expect(second.out).toBe(first.out);
    const lines = requestsIn(first.out).map((request) => canonicalJson(request));
    expect(first.out).toBe(`[${lines.join(',\n')}]`);
  });

  test('are valid against the schemas of AS3', async () => {
    for (const request of requestsIn((await compile()).out)) {
      expectConformance(request);
      const { declaration } = request;
      const version = isJsonObject(declaration) ? declaration['schemaVersion'] : undefined;
      if (version === '3.28.0' || version === '3.29.0') expectConformance(request, '3.29.0');
    }
  });
});

describe('ces compile', () => {
  let folder: string;
  let config: string;
  let manifests: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ces-test-'));
    config = join(folder, 'ces-conf.yaml');
    manifests = join(folder, 'manifests.yaml');
    await writeFile(
      config,
      'clusterName: k8s\nschemaVersion: "3.56.0"\ntenant:\n  - name: Common\n    namespaces: shop\n',
    );
    await writeFile(manifests, '');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const compile = (...flags: string[]) => ces('compile', '--config', config, '-f', manifests, ...flags);

  test('prints Common first, then the tenants by name', async () => {
    const tenant = (name: string, id: number) =>
      `  - {name: ${name}, namespaces: ${name.toLowerCase()}, routeDomain: {id: ${id}, name: rd${id}}}\n`;
    await writeFile(
      config,
      `clusterName: k8s\nisSupportRouteDomain: true\ndefaultDeny: always\ntenant:\n${tenant('Zoo', 2)}${tenant('Abc', 3)}  - {name: Common}\n`,
    );
    expect(tenantsOf((await compile()).out)).toEqual(['Common', 'Abc', 'Zoo']);
  });

  test('leaves out what it does not know, says where, and fails only when it is to be strict', async () => {
    await writeFile(manifests, '# a comment\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n');
    const message = `${manifests}:2: warning: the kind Deployment of apps/v1 is not one that CES reads; it is left out`;
    expect(await compile()).toMatchObject({ code: 0, err: message });
    expect(await compile('--strict')).toMatchObject({ code: 1, err: message });
  });

  test('takes a Service of somebody else for no Service', async () => {
    await writeFile(
      manifests,
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n',
    );
    expect((await compile()).err).toContain('the kind Service of serving.knative.dev/v1 is not one that CES reads');
  });

  test('names the line of an object inside a List', async () => {
    const items =
      '  - {kind: Namespace, metadata: {name: shop}}\n  - {kind: PodEgressRule, metadata: {name: r, namespace: shop}}\n';
    await writeFile(manifests, `kind: List\nitems:\n${items}`);
    expect((await compile()).err).toContain(`${manifests}:4: error: PodEgressRule shop/r: The rule has no spec`);
  });

  test('takes the later of two objects, and says so', async () => {
    const namespace = (cidr: string) =>
      `kind: Namespace\nmetadata: {name: shop, annotations: {ovn.kubernetes.io/cidr: ${cidr}}}\n`;
    const rule =
      'kind: NamespaceEgressRule\nmetadata: {name: r, namespace: shop}\nspec: {action: drop, externalServices: [e]}\n';
    const service = 'kind: ExternalService\nmetadata: {name: e, namespace: shop}\nspec: {addresses: [192.0.2.1]}\n';
    await writeFile(manifests, [namespace('10.1.0.0/16'), rule, service, namespace('10.2.0.0/16')].join('---\n'));
    const { out, err } = await compile();
    expect(err).toContain(`${manifests}:12: warning: Namespace shop stands at ${manifests}:1 too; this one counts`);
    expect(out).toContain('"addresses":["10.2.0.0/16"]');
    expect(out).not.toContain('10.1.0.0');
  });

  test('reads what a directory holds, in the order of names', async () => {
    await writeFile(join(folder, 'b.json'), JSON.stringify({ kind: 'Namespace', metadata: { name: 'shop' } }));
    await writeFile(join(folder, 'notes.txt'), 'no manifest');
    expect(await ces('compile', '--config', config, '-f', folder)).toMatchObject({
      code: 0,
      err: expect.not.stringContaining('notes.txt') as string,
    });
  });

  test('declares for an older AS3 what that one knows', async () => {
    const service =
      'kind: ExternalService\nmetadata: {name: e, namespace: shop}\nspec: {addresses: [192.0.2.1], ports: [{protocol: ICMP}]}\n';
    const rule =
      'kind: NamespaceEgressRule\nmetadata: {name: r, namespace: shop}\nspec: {action: accept-decisively, externalServices: [e]}\n';
    const namespace = 'kind: Namespace\nmetadata: {name: shop, annotations: {ovn.kubernetes.io/cidr: 10.1.0.0/16}}\n';
    await writeFile(manifests, [service, rule, namespace].join('---\n'));
    await writeFile(config, (await readFile(config, 'utf8')).replace('3.56.0', '3.30.0'));
    const old = await compile('--as3', '3.31');
    expect(old.err).toContain(`${manifests}:5: error: External service "e": AS3 3.31.0 knows no protocol icmp`);
    expect(old.out).not.toContain('"protocol":"icmp"');
    expect((await compile('--as3', '3.56')).out).toContain('"protocol":"icmp"');
  });

  test.each([
    ['an AS3 that CES does not work with', ['--as3', '3.29.0'], 'AS3 3.29.0 knows no dry run; install 3.30 or newer.'],
    [
      'a schema version that the AS3 does not know',
      ['--as3', '3.50'],
      'schemaVersion 3.56.0 in ces-conf.yaml is newer',
    ],
    ['a version that is none', ['--as3', 'latest'], 'An AS3 version looks like 3.56.0.'],
    ['a manifest that is not there', ['-f', '/nowhere.yaml'], '/nowhere.yaml cannot be read (ENOENT)'],
    [
      'a foreign declaration that is not there',
      ['--foreign', '/nowhere.json'],
      '/nowhere.json cannot be read (ENOENT)',
    ],
    ['a flag that is none', ['--as4', 'x'], "unknown option '--as4'"],
  ])('refuses %s with exit code 2, and prints nothing', async (_, flags, message) => {
    const { code, out, err } = await compile(...flags);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  test('refuses a foreign declaration without tenants', async () => {
    const foreign = join(folder, 'foreign.json');
    await writeFile(foreign, '{"class": "ADC"}');
    expect(await compile('--foreign', foreign)).toMatchObject({
      code: 2,
      err: `${foreign} holds no tenant of an AS3 declaration`,
    });
    await writeFile(foreign, 'not JSON');
    expect(await compile('--foreign', foreign)).toMatchObject({ code: 2, err: `${foreign} is not JSON` });
  });

  test('keeps what others have, says when one declaration is not enough, and leaves lock keys out', async () => {
    const list = { class: 'Firewall_Rule_List', rules: [] };
    const use = '/Common/Shared/k8s_svc_shop_gone_ext_e_rule_list';
    const Shared = {
      class: 'Application',
      template: 'shared',
      corporate: { class: 'Firewall_Port_List', ports: ['80'] },
      k8s_svc_shop_gone_ext_e_rule_list: list,
      k8s_svc_policy_rd: { class: 'Firewall_Policy', rules: [{ use }] },
    };
    const foreign = join(folder, 'foreign.json');
    await writeFile(
      foreign,
      JSON.stringify({ class: 'ADC', Common: { class: 'Tenant', optimisticLockKey: 'k', Shared } }),
    );
    const { code, out, err } = await compile('--foreign', foreign);
    expect(out).toContain('"corporate":{"class":"Firewall_Port_List","ports":["80"]}');
    expect(out).not.toMatch(/gone|optimisticLockKey/);
    expect({ code, err }).toEqual({
      code: 0,
      err: 'Common: this is the last of 2 declarations; at once, AS3 would open the firewall for a moment',
    });
  });
});
