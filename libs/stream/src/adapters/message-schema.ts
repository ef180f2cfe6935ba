import { type Change, type StreamMessage, streamVersion } from '#core/change';
import { type JsonValue } from '#core/json';
import { objectKinds, ruleKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { isResourceVersion } from '#core/resource-version';
import { z } from 'zod';

const resourceVersion = z.string().refine(isResourceVersion, 'expected decimal digits');
const labels = z.record(z.string(), z.string());
const kind = z.enum(objectKinds);
/** The text came out of `JSON.parse`, so that anything that is there is JSON. */
const json = z.custom<JsonValue>((value) => value !== undefined, 'expected a value');

const identity = { uid: z.string().min(1), namespace: z.string(), name: z.string().min(1) };
const observation = {
  ...identity,
  resourceVersion,
  generation: z.number().int().nonnegative(),
  createdAt: z.string().nullable(),
  manager: z.string().nullable(),
};

const podReference = z.object({ namespace: z.string(), name: z.string(), uid: z.string().nullable() });
const endpoint = z.object({ addresses: z.array(z.string()), pod: podReference.nullable() });
const spec = z.object({ spec: json });
const contents = {
  namespace: z.object({ labels, cidr: z.string().nullable() }),
  pod: z.object({
    labels,
    addresses: z.array(z.string()),
    hostNetwork: z.boolean(),
    finished: z.boolean(),
    owner: z.string().nullable(),
  }),
  service: z.object({ hasSelector: z.boolean() }),
  endpointSlice: z.object({ service: z.string().nullable(), endpoints: z.array(endpoint) }),
};

const object: z.ZodType<ClusterObject> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('Namespace'), ...observation, content: contents.namespace }),
  z.object({ kind: z.literal('Pod'), ...observation, content: contents.pod }),
  z.object({ kind: z.literal('Service'), ...observation, content: contents.service }),
  z.object({ kind: z.literal('EndpointSlice'), ...observation, content: contents.endpointSlice }),
  z.object({ kind: z.literal('ExternalService'), ...observation, content: spec }),
  z.object({ kind: z.enum(ruleKinds), ...observation, content: spec }),
]);

const change: z.ZodType<Change> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('upsert'), object }),
  z.object({ type: z.literal('delete'), kind, ...identity, resourceVersion }),
]);

const span = z.object({ kind, from: resourceVersion, to: resourceVersion });

const header = {
  version: z.literal(streamVersion),
  cluster: z.string().min(1),
  observedAt: z.iso.datetime({ offset: true }),
};

/** A message of the current version (`#core/change`). What it does not know in an object is dropped. */
export const messageSchema: z.ZodType<StreamMessage> = z.discriminatedUnion('form', [
  z.object({ form: z.literal('changes'), ...header, spans: z.array(span), changes: z.array(change) }),
  z.object({
    form: z.literal('snapshot'),
    ...header,
    snapshotId: z.string().min(1),
    kind,
    index: z.number().int().nonnegative(),
    last: z.boolean(),
    resourceVersion,
    authoritative: z.boolean(),
    objects: z.array(object),
  }),
  z.object({ form: z.literal('configuration'), ...header, text: z.string() }),
]);

/** The one field that every version has. */
export const versionSchema = z.object({ version: z.json() });
