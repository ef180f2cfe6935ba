import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#core/configuration-parser';
import { refusals } from './custom-resources.js';
import { schemaErrors } from './kubernetes-schemas.js';
import { parseManifests } from './manifest.js';

const k8s = new URL('../../k8s/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, k8s), 'utf8');
const filesOf = (folder: string) => readdirSync(new URL(folder, k8s)).map((file) => `${folder}${file}`);

describe('the samples', () => {
  it.each(filesOf('samples/manifests/'))('%s holds only resources that the schemas accept', (file) => {
    const objects = parseManifests(read(file));
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      expect(object.apiVersion).toBe('kubeovn.io/v1alpha1');
      expect(refusals(object.kind, object), object.metadata.name).toEqual([]);
    }
  });

  it('show every kind', () => {
    const kinds = filesOf('samples/manifests/').flatMap((file) => parseManifests(read(file)).map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(
      new Set(['ExternalService', 'ClusterEgressRule', 'NamespaceEgressRule', 'ServiceEgressRule', 'PodEgressRule']),
    );
  });

  it.each(filesOf('samples/observed/'))('%s holds only objects that Kubernetes accepts', (file) => {
    expect(parseManifests(read(file)).flatMap((object) => schemaErrors(object))).toEqual([]);
  });
});

describe.each(['samples/ces-conf.yaml', 'base/configuration/ces-conf.yaml', 'overlays/example/ces-conf.yaml'])(
  '%s',
  (file) => {
    it('is understood without a warning, and has the in-place layout', () => {
      const { configuration, problems } = parseConfiguration(read(file));
      expect(problems).toEqual([]);
      expect(configuration?.tenants.map(({ layout }) => layout)).toEqual(
        configuration?.tenants.map(() => 'in-place' as const),
      );
    });
  },
);
