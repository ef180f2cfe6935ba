import { ruleKinds } from '#core/kinds';
import { canonicalPrefix } from '#core/network';
import { rulePhases } from '#core/status';
import { eventTypes } from '#project/ports/event-types';
import { z } from 'zod';

/** What callers of the API may ask: parsed by the server, described by its OpenAPI document. */
const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');

const device = name.exactOptional().describe('The BIG-IP; by default the one that ces-conf.yaml names');

const page = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('How many entries a page holds at most'),
  after: z.string().max(2_000).exactOptional().describe('`next` of the page before; left out for the first one'),
};

export const rulesQuery = z.strictObject({
  cluster: name.exactOptional(),
  kind: z.enum(ruleKinds).exactOptional(),
  namespace: name.exactOptional(),
  name: name.exactOptional(),
  tenant: name.exactOptional(),
  phase: z.enum(rulePhases).exactOptional(),
  ...page,
});
export type RulesQuery = z.output<typeof rulesQuery>;

export const rulePath = z.strictObject({ cluster: name, uid: name });
export type RulePath = z.output<typeof rulePath>;

export const tenantsQuery = z.strictObject({ device: name.exactOptional() });
export type TenantsQuery = z.output<typeof tenantsQuery>;

export const takeoversQuery = z.strictObject({ device: name.exactOptional() });
export type TakeoversQuery = z.output<typeof takeoversQuery>;

export const removalsQuery = z.strictObject({ device: name.exactOptional() });
export type RemovalsQuery = z.output<typeof removalsQuery>;

export const declarationsQuery = z.strictObject({
  device: name.exactOptional(),
  tenant: name.exactOptional(),
  ...page,
});
export type DeclarationsQuery = z.output<typeof declarationsQuery>;

export const declarationPath = z.strictObject({
  device: name,
  tenant: name,
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});
export type DeclarationPath = z.output<typeof declarationPath>;

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** An address of one host, in its canonical form. */
const address = z
  .string()
  .max(100)
  .transform((text, context) => {
    const canonical = canonicalPrefix(text);
    if (canonical !== null && !canonical.includes('/')) return canonical;
    context.addIssue({ code: 'custom', message: 'must be an IPv4 or IPv6 address' });
    return z.NEVER;
  });

export const grantsQuery = z.strictObject({
  address,
  at: moment.exactOptional().describe('A moment, RFC 3339; now by default'),
  cluster: name.exactOptional(),
});
export type GrantsQuery = z.output<typeof grantsQuery>;

export const auditQuery = z.strictObject({
  cluster: name.exactOptional(),
  kind: name.exactOptional().describe('An object kind, `Configuration` or `Tenant`'),
  namespace: name.exactOptional(),
  name: name.exactOptional(),
  actor: name.exactOptional().describe('A field manager, or the name of who gave a command'),
  since: moment.exactOptional().describe('Recorded at this moment or later, RFC 3339'),
  until: moment.exactOptional().describe('Recorded at this moment or earlier, RFC 3339'),
  ...page,
});
export type AuditQuery = z.output<typeof auditQuery>;

export const auditPath = z.strictObject({ position: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
export type AuditPath = z.output<typeof auditPath>;

const eventFilter = {
  cluster: name.exactOptional(),
  type: z.enum(eventTypes).exactOptional().describe('What happened'),
  kind: name.exactOptional().describe('An object kind'),
  namespace: name.exactOptional(),
  name: name.exactOptional(),
  tenant: name.exactOptional().describe('What happened to this tenant, and commands for it'),
};

export const eventsQuery = z.strictObject({ ...eventFilter, ...page });
export type EventsQuery = z.output<typeof eventsQuery>;

export const eventPosition = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const liveEventsQuery = z.strictObject({
  ...eventFilter,
  after: eventPosition
    .exactOptional()
    .describe('Begin behind this position; from now on by default. The header `Last-Event-ID` goes before it'),
});
export type LiveEventsQuery = z.output<typeof liveEventsQuery>;

export const resyncBody = z.strictObject({
  tenants: z.union([z.literal('all'), z.array(name).min(1).max(1_000)]).describe('Names of tenants, or `all`'),
  device,
});
export type ResyncBody = z.output<typeof resyncBody>;

/** Why: in the audit for as long as it lasts. */
const reason = name.max(1_000).describe('Why, for the audit and for the owners of the rules');

export const retryBody = z.strictObject({
  of: z
    .union([
      z.strictObject({ cluster: name, uid: name }),
      z.strictObject({ tenants: z.union([z.literal('all'), z.array(name).min(1).max(1_000)]) }),
    ])
    .describe('One rule, or whatever is in quarantine of some tenants, or of `all`'),
  reason: reason.exactOptional(),
  device,
});
export type RetryBody = z.output<typeof retryBody>;

const versionNumber = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

export const rollbackQuery = z
  .strictObject({
    tenant: name,
    device,
    version: z.coerce.number().pipe(versionNumber).exactOptional().describe('A version that was applied'),
    time: moment
      .exactOptional()
      .describe('Instead of a version: what the device held for certain at this moment, RFC 3339'),
  })
  .refine(({ version, time }) => (version === undefined) !== (time === undefined), {
    error: 'name either a version or a time',
  });
export type RollbackQuery = z.output<typeof rollbackQuery>;

export const rollbackBody = z.strictObject({ tenant: name, device, version: versionNumber, reason });
export type RollbackBody = z.output<typeof rollbackBody>;

export const releaseBody = z.strictObject({ tenant: name, device, reason });
export type ReleaseBody = z.output<typeof releaseBody>;

export const removeTenantBody = z
  .strictObject({
    tenant: name,
    device,
    dryRun: z.boolean().default(false).describe('Only find out what would be deleted, and what is against it'),
    reason: reason.exactOptional(),
  })
  .refine(({ dryRun, reason: why }) => dryRun || why !== undefined, { error: 'say why, in `reason`, or set `dryRun`' });
export type RemoveTenantBody = z.output<typeof removeTenantBody>;

export const approveTakeoverBody = z.strictObject({
  tenant: name,
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a digest that a finding has')
    .describe('Of the finding that was looked at: another one is not approved'),
  device,
});
export type ApproveTakeoverBody = z.output<typeof approveTakeoverBody>;
