import { z } from 'zod';
import { knownIssues } from '../faults/known-issues.js';

const duration = z.int().min(1).max(3_600_000);
const texts = z.array(z.string()).default([]);
const match = {
  method: z.string().exactOptional(),
  path: z.string().exactOptional(),
  times: z.int().min(1).default(1),
};

/** The body of POST /simulator/faults. An outage ends by itself, because nobody could end it. */
export const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    body: z.json().exactOptional(),
    ...match,
  }),
  z.strictObject({ kind: z.literal('cut-short'), ...match }),
  z.strictObject({ kind: z.literal('slow'), milliseconds: duration, ...match }),
  z.strictObject({ kind: z.literal('lose-answer'), ...match }),
  z.strictObject({ kind: z.enum(['refuse', 'black-hole', 'reset', 'broken-tls']), milliseconds: duration }),
  z.strictObject({ kind: z.literal('busy'), milliseconds: duration }),
  z.strictObject({
    kind: z.enum(['refuse-objects', 'invalid-items']),
    pattern: z.string(),
    message: z.string().exactOptional(),
    named: z.boolean().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('fail-tenant'),
    tenant: z.string(),
    message: z.string(),
    times: z.int().min(1).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('known-issue'), issue: z.enum(knownIssues) }),
]);

export type Fault = z.infer<typeof fault>;

/** The body of POST /simulator/evaluate. */
export const packet = z.strictObject({
  source: z.string(),
  destination: z.string(),
  protocol: z.string(),
  port: z.int().min(0).max(65_535).exactOptional(),
  sourcePort: z.int().min(0).max(65_535).exactOptional(),
  routeDomain: z.int().min(0).max(65_535).exactOptional(),
  partition: z.string().exactOptional(),
  virtualServer: z.string().exactOptional(),
  /** Domain names by which the device's resolver knows the destination. */
  names: z.array(z.string()).exactOptional(),
});

export type GivenPacket = z.infer<typeof packet>;

/** The body of PUT /simulator/device: one object, changed by hand. */
export const object = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('address-list'),
    path: z.string(),
    addresses: texts,
    fqdns: texts,
    addressLists: texts,
  }),
  z.strictObject({ kind: z.literal('port-list'), path: z.string(), ports: texts, portLists: texts }),
  z.strictObject({
    kind: z.literal('other'),
    path: z.string(),
    component: z.string(),
    properties: z.record(z.string(), z.json()).default({}),
  }),
]);

export type ChangedObject = z.infer<typeof object>;

export const removal = z.strictObject({ component: z.string(), path: z.string() });
export const reboot = z.strictObject({ downForMilliseconds: z.int().min(0).max(3_600_000).default(0) });
export const failover = z.strictObject({ state: z.enum(['ACTIVE', 'STANDBY']) });
export const restore = z.strictObject({
  device: z.boolean().default(true),
  declarations: z.boolean().default(true),
});
