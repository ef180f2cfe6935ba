import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseJson } from '#core/json';
import { ces } from '../testing/recorded-run.spec.js';

describe('ces validate', () => {
  let folder: string;
  let config: string;
  let manifests: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ces-test-'));
    config = join(folder, 'ces-conf.yaml');
    manifests = join(folder, 'manifests.yaml');
    await writeFile(config, 'clusterName: k8s\ntenant:\n  - name: Common\n    namespaces: shop\n');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const validate = (...flags: string[]) => ces('validate', '--config', config, ...flags);

  test('is content with a configuration alone', async () => {
    expect(await validate()).toEqual({ code: 0, out: '0 rules, 0 errors, 0 warnings', err: '' });
  });

  test('names file, line, rule, and what to do; exit code 1', async () => {
    await writeFile(
      manifests,
      [
        'kind: ExternalService\nmetadata: {name: bank, namespace: shop}\nspec: {addresses: [10.0.0.256]}\n',
        'kind: PodEgressRule\nmetadata: {name: web, namespace: shop}\nspec: {action: accept, externalServices: [bank], podSelector: {matchLabels: {app: web}}}\n',
        'kind: ClusterEgressRule\nmetadata: {name: all}\nspec: {action: allow, externalServices: []}\n',
      ].join('---\n'),
    );
    const { code, out } = await validate('-f', manifests);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      `${manifests}:5: error: PodEgressRule shop/web: External service "bank": "10.0.0.256" is neither an address, a CIDR, a range nor a domain name.`,
      `${manifests}:5: warning: PodEgressRule shop/web: No address belongs to this rule now; it applies to nobody.`,
      `${manifests}:9: error: ClusterEgressRule all: spec.action "allow" is not one of accept, accept-decisively, drop, reject.`,
      '2 rules, 2 errors, 1 warning',
    ]);
  });

  test('judges external services that no rule names, too', async () => {
    await writeFile(
      manifests,
      [
        'kind: ExternalService\nmetadata: {name: bank, namespace: shop}\nspec: {addresses: [10.0.0.256]}\n',
        'kind: ExternalService\nmetadata: {name: fine, namespace: shop}\nspec: {addresses: [10.0.0.25]}\n',
      ].join('---\n'),
    );
    expect(await validate('-f', manifests)).toEqual({
      code: 1,
      out: [
        `${manifests}:1: error: External service "bank": "10.0.0.256" is neither an address, a CIDR, a range nor a domain name.`,
        '0 rules, 1 error, 0 warnings',
      ].join('\n'),
      err: '',
    });
  });

  test('says one thing a line, and no more of a name than is needed, whatever stands in the manifests', async () => {
    await writeFile(
      manifests,
      [
        'kind: "Pod\\n0 rules, 0 errors\\e[32m"\nmetadata: {name: a}\n',
        `kind: PodEgressRule\nmetadata: {name: b, namespace: shop}\nspec: {action: drop, ${'x'.repeat(5_000)}: 1}\n`,
        `kind: ExternalService\nmetadata: {name: c, namespace: shop}\nspec: {addresses: [10.0.0.1], ports: [{protocol: ${'p'.repeat(5_000)}}]}\n`,
      ].join('---\n'),
    );
    const { out } = await validate('-f', manifests);
    const lines = out.split('\n');
    expect(lines[0]).toBe(
      `${manifests}:1: warning: the kind Pod 0 rules, 0 errors [32m is not one that CES reads; it is left out`,
    );
    expect(lines.slice(0, -1).filter((line) => !line.startsWith(`${manifests}:`))).toEqual([]);
    expect(Math.max(...lines.map(({ length }) => length - manifests.length))).toBeLessThan(300);
  });

  test('fault 10: names a namespace that the configuration lists nowhere', async () => {
    await writeFile(
      manifests,
      'kind: NamespaceEgressRule\nmetadata: {name: r, namespace: elsewhere}\nspec: {action: drop, externalServices: []}\n',
    );
    const { code, out } = await validate('-f', manifests);
    expect(code).toBe(1);
    expect(out).toContain('No tenant of ces-conf.yaml lists the namespace "elsewhere"');
  });

  test('judges a configuration that is not valid: key, line, exit code 1', async () => {
    await writeFile(config, 'clusterName: k8s\nlayout: both\ntenant:\n  - name: Common\n');
    expect(await validate()).toEqual({
      code: 1,
      out: `${config}:2: error: layout must be one of in-place, rule-lists\n0 rules, 1 error, 0 warnings`,
      err: '',
    });
  });

  test('names what the AS3 at hand does not take', async () => {
    await writeFile(
      config,
      'clusterName: k8s\nisSupportRouteDomain: true\ntenant:\n  - name: Common\n  - {name: shop, routeDomain: {id: 2, name: rd2}}\n',
    );
    const { code, out } = await validate('--as3', '3.50');
    expect(code).toBe(1);
    expect(out).toContain('AS3 3.50.0 switches the firewall policy of route domains inside tenants off');
    expect(await validate('--as3', '3.52')).toMatchObject({ code: 0 });
  });

  test('speaks JSON to programs', async () => {
    await writeFile(manifests, 'kind: Deployment\nmetadata: {name: web}\n');
    const { code, out } = await validate('-f', manifests, '--output', 'json');
    expect(code).toBe(0);
    expect(parseJson(out)).toEqual([
      {
        file: manifests,
        line: 1,
        severity: 'warning',
        message: 'the kind Deployment is not one that CES reads; it is left out',
        leftOut: true,
      },
    ]);
  });

  test.each([
    ['a configuration that is not there', ['--config', '/nowhere.yaml'], '/nowhere.yaml cannot be read (ENOENT)'],
    ['manifests that are not there', ['-f', '/nowhere'], '/nowhere cannot be read (ENOENT)'],
  ])('cannot judge %s: exit code 2', async (_, flags, message) => {
    const { code, out, err } = await validate(...flags);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});
