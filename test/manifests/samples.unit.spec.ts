import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#core/configuration-parser';
import { customResourceDefinitions, refusals, schemaOf, unknownFields } from './custom-resources.js';
import { schemaErrors } from './kubernetes-schemas.js';
import { type Manifest, parseManifests } from './manifest.js';

const k8s = new URL('../../k8s/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, k8s), 'utf8');
const filesOf = (folder: string) =>
  readdirSync(new URL(folder, k8s))
    .sort()
    .map((file) => `${folder}${file}`);

describe('the samples', () => {
  it.each(filesOf('samples/manifests/'))('%s holds only objects that an API server accepts', (file) => {
    const objects = parseManifests(read(file));
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) expect(errorsOf(object), object.metadata.name).toEqual([]);
  });

  it('show every kind, in namespaces that are there by then', () => {
    const objects = filesOf('samples/manifests/').flatMap((file) => parseManifests(read(file)));
    const namespaces = new Set(['kube-system']);
    for (const { kind, metadata } of objects) {
      if (kind === 'Namespace') namespaces.add(metadata.name);
      if (metadata.namespace !== undefined) expect(namespaces).toContain(metadata.namespace);
    }
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(
      new Set(['Namespace', ...customResourceDefinitions.keys()]),
    );
  });

  it.each(filesOf('samples/observed/'))('%s holds only objects that Kubernetes knows', (file) => {
    expect(parseManifests(read(file)).flatMap((object) => errorsOf(object))).toEqual([]);
  });
});

function errorsOf(object: Manifest): readonly string[] {
  if (object.apiVersion !== 'kubeovn.io/v1alpha1') return schemaErrors(object);
  return [...refusals(object.kind, object), ...unknownFields(schemaOf(object.kind), object)];
}

const configurations = readdirSync(k8s, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('ces-conf.yaml'),
);

it('there are configurations to look at', () => {
  expect(configurations.length).toBeGreaterThan(3);
});

describe.each(configurations)('%s', (file) => {
  it('is understood without a warning, and has the in-place layout', () => {
    const { configuration, problems } = parseConfiguration(read(file));
    expect(problems).toEqual([]);
    expect(configuration?.tenants.map(({ layout }) => layout)).toEqual(
      configuration?.tenants.map(() => 'in-place' as const),
    );
  });
});
