import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { helm, lintChart, renderChart } from './helm.js';
import { kubernetesVersions, schemaErrors } from './kubernetes-schemas.js';
import { hasKubectl, render } from './kustomize.js';
import { type Manifest } from './manifest.js';

const chart = new URL('../../charts/ces/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, chart), 'utf8');
const production = ['--values', fileURLToPath(new URL('values-production.yaml', chart))];
const flavours = [
  { folder: 'k8s/base', values: [] },
  { folder: 'k8s/overlays/production', values: production },
];

describe('the Helm chart', () => {
  const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(read('values.schema.json')));
  const accepts = new Ajv({ allowUnionTypes: true }).compile(schema);
  const values = () => z.looseObject({ settings: z.record(z.string(), z.string()) }).parse(parse(read('values.yaml')));

  it('has the version of the product', () => {
    const { version } = z.object({ version: z.string() }).parse(parse(readFileSync('package.json', 'utf8')));
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('accepts its own values, and no slip of the pen', () => {
    expect(accepts(values())).toBe(true);
    expect(accepts({ ...values(), wroker: { replicas: 2 } })).toBe(false);
    expect(accepts({ ...values(), api: { replicas: '2', resources: {} } })).toBe(false);
  });

  it.each(['DATABASE_URL', 'REDIS_URL', 'BIGIP_USERNAME', 'BIGIP_PASSWORD'])(
    'promise 12: takes no %s as a value, which would stay in the history of releases',
    (name) => {
      expect(accepts({ ...values(), settings: { ...values().settings, [name]: 'secret' } })).toBe(false);
    },
  );
});

describe.skipIf(helm === null)('rendered by helm', () => {
  it('passes helm lint', () => {
    expect(lintChart).not.toThrow();
  });

  it.each(kubernetesVersions)('holds nothing that Kubernetes %s would refuse or not know', (version) => {
    const objects = renderChart(version, '--include-crds', ...production);
    expect(objects.length).toBeGreaterThan(30);
    expect(objects.flatMap((object) => schemaErrors(object))).toEqual([]);
  });

  it.skipIf(!hasKubectl()).each(flavours)('is the same as $folder', ({ folder, values }) => {
    expect(comparable(renderChart('1.29', '--include-crds', ...values))).toEqual(comparable(render(folder)));
  });

  it('lets the worker reach only the BIG-IP, where its address is given', () => {
    const objects = renderChart('1.29', ...production, '--set', 'networkPolicies.bigip={192.0.2.245/32}');
    const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'ces-worker');
    expect(policy?.['spec']).toMatchObject({ egress: [{ to: [{ ipBlock: { cidr: '192.0.2.245/32' } }] }] });
  });

  it('says in one line what is wrong with a value', () => {
    expect(() => renderChart('1.29', '--set', 'api.replicas=0')).toThrow(/api\/replicas|api\.replicas/);
  });
});

/**
 * The objects by kind and name, without what may differ: the namespace itself, labels of the installer, the hash of the
 * settings in a name or an annotation, the Job's version, and how far the policy against everything reaches.
 */
function comparable(objects: readonly Manifest[]): Readonly<Record<string, unknown>> {
  const entries = objects
    .filter(({ kind }) => kind !== 'Namespace')
    .map((object): [string, unknown] => {
      const { labels: _labels, ...metadata } = object.metadata;
      const same: unknown = JSON.parse(JSON.stringify({ ...object, metadata }), withoutTraceOfInstaller);
      const { name } = metadata;
      return [`${object.kind} ${plainName(name)}`, name === 'ces-nothing' ? null : same];
    });
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function withoutTraceOfInstaller(key: string, value: unknown): unknown {
  if (key === 'annotations' || key === 'imagePullPolicy') return undefined;
  return typeof value === 'string' ? plainName(value) : value;
}

function plainName(name: string): string {
  return name.replace(/^(ces-settings)-[a-z0-9]{10}$|^(ces-migrate)-[0-9-]+$/, '$1$2');
}
