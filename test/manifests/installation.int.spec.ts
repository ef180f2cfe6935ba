import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings } from '#platform/settings';
import { hasKubectl, render } from './kustomize.js';
import { environmentOf, workloadOf } from './workload.js';

const kubectl = hasKubectl();

describe.skipIf(!kubectl)('an installation', () => {
  const objects = kubectl ? render('k8s/overlays/example') : [];

  it.each(['watcher', 'projector', 'worker', 'api', 'migrate'] as const)(
    'gives %s every setting that it reads',
    (app) => {
      const [process] = workloadOf(objects, `ces-${app}`).spec.template.spec.containers;
      // The kubelet adds where the API server is.
      const environment = { ...environmentOf(process, objects), KUBERNETES_SERVICE_HOST: '10.96.0.1' };
      expect(() => readSettings(app, { environment, arguments: [] })).not.toThrow();
    },
  );

  it('mounts what the settings point to', () => {
    const mountsOf = (app: string) =>
      workloadOf(objects, `ces-${app}`).spec.template.spec.containers[0].volumeMounts.map((mount) => mount.mountPath);
    expect(mountsOf('watcher')).toEqual(['/etc/ces/configuration']);
    expect(mountsOf('worker')).toEqual(['/etc/ces/configuration', '/etc/ces/bigip']);
  });

  it('brings its own Secrets: the base has none, which would overwrite real ones', () => {
    expect(render('k8s/base').filter((object) => object.kind === 'Secret')).toEqual([]);
  });

  it('has the Secrets with the keys that the base asks for', () => {
    const secrets = objects.filter((object) => object.kind === 'Secret');
    const keys = secrets.map((secret) => Object.keys(z.record(z.string(), z.string()).parse(secret['data'])).sort());
    expect(keys).toEqual([
      ['ca.crt', 'password', 'username'],
      ['DATABASE_URL', 'REDIS_URL'],
    ]);
  });
});
