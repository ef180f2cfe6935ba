import { z } from 'zod';
import { type Manifest } from './manifest.js';

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }).optional(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(variable).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  volumeMounts: z.array(z.looseObject({ mountPath: z.string(), readOnly: z.boolean().default(false) })).default([]),
  readinessProbe: z.object({ httpGet: z.unknown() }).optional(),
  livenessProbe: z.object({ httpGet: z.unknown() }).optional(),
});

/** A Deployment, StatefulSet or Job, as far as the tests look into it: pods of CES have one container. */
export const workload = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'Job']),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean(),
        securityContext: z.unknown(),
        containers: z.tuple([container]),
        volumes: z.array(z.looseObject({ name: z.string() })).default([]),
      }),
    }),
  }),
});

export type Workload = z.infer<typeof workload>;
type Container = z.infer<typeof container>;

/** The Deployments, StatefulSets and Jobs among the objects. */
export function workloadsOf(objects: readonly Manifest[]): readonly Workload[] {
  return objects
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
    .map((object) => workload.parse(object));
}

/** @throws Error when there is none of the name. */
export function workloadOf(objects: readonly Manifest[], name: string): Workload {
  const found = workloadsOf(objects).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`There is no Deployment, StatefulSet or Job ${name}.`);
  return found;
}

/** What a container would see in its environment, with the ConfigMaps and Secrets that are rendered with it. */
export function environmentOf({ env, envFrom }: Container, objects: readonly Manifest[]): Record<string, string> {
  const dataOf = (kind: string, name: string) => {
    const object = objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
    return z.record(z.string(), z.string()).parse(object?.['data']);
  };
  const secret = (name: string, key: string) =>
    Buffer.from(dataOf('Secret', name)[key] ?? '', 'base64').toString('utf8');
  const whole = envFrom.flatMap(({ configMapRef }) => Object.entries(dataOf('ConfigMap', configMapRef.name)));
  const single = env.map(({ name, value, valueFrom }): [string, string] => {
    const reference = valueFrom?.secretKeyRef;
    return [name, reference === undefined ? (value ?? '') : secret(reference.name, reference.key)];
  });
  return Object.fromEntries([...whole, ...single]);
}
