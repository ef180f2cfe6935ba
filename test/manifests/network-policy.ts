import { z } from 'zod';
import { type Manifest } from './manifest.js';

const port = z.object({ port: z.union([z.number(), z.string()]), protocol: z.string() });
const selector = z.object({ matchLabels: z.record(z.string(), z.string()).default({}) });

const networkPolicy = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    egress: z.array(z.object({ to: z.array(z.unknown()).optional(), ports: z.array(port) })).default([]),
    ingress: z.array(z.object({ from: z.array(z.unknown()), ports: z.array(port) })).default([]),
  }),
});

/** The ports to which a pod with these labels may open connections, in ascending order; null when no policy bounds it. */
export function openPorts(objects: readonly Manifest[], labels: Readonly<Record<string, string>>): number[] | null {
  const policies = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((object) => networkPolicy.parse(object).spec)
    .filter(({ policyTypes }) => policyTypes.includes('Egress'))
    .filter(({ podSelector }) =>
      Object.entries(podSelector.matchLabels).every(([label, value]) => labels[label] === value),
    );
  if (policies.length === 0) return null;
  const ports = policies.flatMap(({ egress }) =>
    egress.flatMap((rule) => rule.ports.map((entry) => Number(entry.port))),
  );
  return [...new Set(ports)].sort((left, right) => left - right);
}
