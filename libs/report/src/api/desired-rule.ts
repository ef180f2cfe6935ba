import { type DesiredRule } from '#core/desired';
import { ruleKinds } from '#core/kinds';
import { actions, type SourceSelector } from '#core/rule';
import { type LabelSelector } from '#core/selector';
import { z } from 'zod';
import { components } from './components.js';

const labelSelector = z.object({
  requirements: z.array(
    z.discriminatedUnion('operator', [
      z.object({ operator: z.enum(['In', 'NotIn']), key: z.string(), values: z.array(z.string()) }),
      z.object({ operator: z.enum(['Exists', 'DoesNotExist']), key: z.string() }),
    ]),
  ),
}) satisfies z.ZodType<LabelSelector>;

const sourceSelector = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('everyone') }),
    z.object({ type: z.literal('namespaces'), selector: labelSelector }),
    z.object({ type: z.literal('namespace'), namespace: z.string() }),
    z.object({ type: z.literal('service'), namespace: z.string(), service: z.string() }),
    z.object({ type: z.literal('pods'), namespace: z.string(), selector: labelSelector }),
  ])
  .describe('What a rule applies to')
  .register(components, { id: 'Source' }) satisfies z.ZodType<SourceSelector>;

const trafficGroup = z.object({
  key: z.string(),
  protocol: z.string().describe('In lower case; `any` for every protocol'),
  ports: z.array(z.string()).describe('`80` or `80-90`; empty for every port'),
  bandwidth: z.string().nullable().describe('An iRule in /Common that limits the bandwidth'),
});

/** A rule as it is, or was, to be declared, with the addresses of its source set. */
export const desiredRule = z
  .object({
    cluster: z.string(),
    kind: z.enum(ruleKinds),
    uid: z.string(),
    namespace: z.string(),
    name: z.string(),
    tenant: z.string(),
    action: z.enum(actions),
    logging: z.boolean(),
    priority: z.int().describe('Lower comes first'),
    createdAt: z.string().nullable(),
    source: sourceSelector,
    destinations: z.array(
      z.object({
        externalService: z.string(),
        addresses: z.array(z.string()),
        domainNames: z.array(z.string()),
        services: z.array(trafficGroup),
      }),
    ),
    prefixes: z.array(z.string()).nullable().describe('Null when the source is everyone; empty when it is nobody'),
  })
  .register(components, { id: 'DesiredRule' }) satisfies z.ZodType<DesiredRule>;
