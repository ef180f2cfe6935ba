import { type JsonValue } from '#core/json';
import { ruleKinds } from '#core/kinds';
import { type AddressHistory, type AuditDetail, type AuditEntry, type LoggedEvent } from '#project/ports/history';
import { type Page } from '#project/ports/queries';
import { z } from 'zod';
import { jsonObject, pageOf, position, time } from './answer-parts.js';
import { components } from './components.js';

const json = z.custom<JsonValue>((value) => value !== undefined);
const interval = z.object({ earliest: time, latest: time });
const heldThen = z
  .enum(['yes', 'no', 'unknown'])
  .describe('Whether the device held it at the moment; unknown where its answer had been lost for a while');

const authorship = {
  position,
  at: time.describe('When it was recorded'),
  manager: z
    .string()
    .nullable()
    .describe('The field manager: the name that a client gives itself, a hint and no proof'),
  actor: z.object({ name: z.string(), origin: z.string() }).nullable().describe('Who gave a command'),
};

const writtenRule = z
  .object({
    kind: z.enum(ruleKinds),
    uid: z.string(),
    namespace: z.string().describe('Empty for cluster-scoped rules'),
    name: z.string(),
    spec: jsonObject.describe('As its author wrote it'),
    written: z.object(authorship).describe('The change by which it came to stand so'),
  })
  .describe('A rule as it stood at the moment')
  .register(components, { id: 'WrittenRule' });

const logPlace = z.object({ time, position });

const addressGrant = z
  .object({
    device: z.string(),
    cluster: z.string(),
    rule: writtenRule,
    prefix: z.string().describe('An address or a CIDR'),
    routeDomain: z.int().describe('0 where route domains are off'),
    namespace: z.string(),
    pod: z.object({ uid: z.string(), name: z.string() }).nullable().describe("Null for a namespace's CIDR"),
    pinned: z.boolean().describe('Wanted by the form of an earlier version that the tenant was pinned to'),
    wanted: z.object({ from: logPlace, to: logPlace.nullable() }).describe('`to` is null while it is wanted'),
    held: z.array(
      z.object({
        tenant: z.string(),
        fromVersion: z.int(),
        from: interval,
        toVersion: z.int().nullable().describe('The first version without it; null while the device holds it'),
        to: interval.nullable(),
      }),
    ),
    wantedThen: z.boolean(),
    heldThen,
  })
  .register(components, { id: 'AddressGrant' });

export const addressHistory = z
  .object({
    address: z.string(),
    at: time,
    grants: z.array(addressGrant),
    everyone: z
      .array(
        z.object({
          device: z.string(),
          cluster: z.string(),
          tenant: z.string(),
          version: z.int(),
          rule: writtenRule,
          heldThen,
        }),
      )
      .describe('Rules for every source that the devices held then'),
  })
  .register(components, { id: 'AddressHistory' }) satisfies z.ZodType<AddressHistory>;

const auditEntry = z
  .object({
    ...authorship,
    device: z.string().nullable(),
    cluster: z.string().nullable(),
    kind: z.string().describe('An object kind, `Configuration` or `Tenant`'),
    uid: z.string().nullable(),
    namespace: z.string(),
    name: z.string(),
    action: z.string().describe('`created`, `changed`, `deleted`, or the name of a command'),
    observedAt: time.describe('When the watcher saw it, or the command was given'),
    before: json,
    after: json,
  })
  .register(components, { id: 'AuditEntry' }) satisfies z.ZodType<AuditEntry>;

export const auditPage = pageOf(auditEntry).register(components, { id: 'AuditPage' }) satisfies z.ZodType<
  Page<AuditEntry>
>;

export const auditDetail = auditEntry
  .extend({
    effective: z
      .object({ tenant: z.string(), version: z.int(), interval })
      .nullable()
      .describe('Of a change of a rule: the first declaration that covers it and was applied'),
  })
  .register(components, { id: 'AuditDetail' }) satisfies z.ZodType<AuditDetail>;

export const loggedEvent = z
  .object({
    position,
    type: z.string(),
    device: z.string().nullable(),
    cluster: z.string().nullable().describe('Null for what concerns a device as a whole'),
    kind: z.string().nullable().describe('Of the object, when it is about one'),
    uid: z.string().nullable(),
    namespace: z.string().nullable().describe('Empty for cluster-scoped objects'),
    name: z.string().nullable(),
    observedAt: time.describe('When the watcher saw it, or the command was given'),
    at: time.describe('When it was recorded'),
    data: jsonObject.describe('The event as it is folded'),
  })
  .register(components, { id: 'LoggedEvent' }) satisfies z.ZodType<LoggedEvent>;

export const eventPage = pageOf(loggedEvent).register(components, { id: 'EventPage' }) satisfies z.ZodType<
  Page<LoggedEvent>
>;
