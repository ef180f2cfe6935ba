import { ruleKinds } from '#core/kinds';
import { problemReasons } from '#core/problem';
import { actions } from '#core/rule';
import { rulePhases } from '#core/status';
import {
  type ClusterSummary,
  type DeclarationDetail,
  type DeclarationSummary,
  type Page,
  type RuleDetail,
  type RuleSummary,
  type RemovalSummary,
  type TakeoverSummary,
  type TenantSummary,
} from '#project/ports/queries';
import { removalObstacleReasons } from '#project/ports/removal';
import { z } from 'zod';
import { type ProblemDetails } from '../domain/problem-details.js';
import { jsonObject, pageOf, position, time } from './answer-parts.js';
import { components } from './components.js';
import { desiredRule } from './desired-rule.js';

/**
 * What the API answers: what the ports answer, with times as RFC 3339 texts. Clients parse answers with these schemas,
 * and the OpenAPI document shows them. What a schema does not name is dropped, so that an answer may grow.
 */
const clusterSummary = z
  .object({
    cluster: z.string(),
    device: z.string().nullable().describe('Null before the first configuration'),
    complete: z.boolean().describe('Whether all of it is known; before that nothing of the cluster is declared'),
    position,
  })
  .register(components, { id: 'Cluster' }) satisfies z.ZodType<ClusterSummary>;

const ruleStatus = z
  .object({
    phase: z.enum(rulePhases),
    conditions: z.array(
      z.object({
        type: z.enum(['Accepted', 'Programmed']),
        status: z.enum(['True', 'False', 'Unknown']),
        reason: z.string(),
        message: z.string(),
        observedGeneration: z.int(),
        lastTransitionTime: z.iso.datetime(),
      }),
    ),
    observedGeneration: z.int(),
    addresses: z.int().exactOptional().describe('Prefixes of the source set; absent when the source is everyone'),
    version: z.int().describe("The version of the tenant's declaration that the rule is in, 0 before the first"),
  })
  .describe('`.status` of the rule, as Kubernetes shows it or is about to')
  .register(components, { id: 'RuleStatus' });

const ruleSummary = z
  .object({
    cluster: z.string(),
    kind: z.enum(ruleKinds),
    uid: z.string(),
    namespace: z.string().describe('Empty for cluster-scoped rules'),
    name: z.string(),
    tenant: z.string().nullable().describe('Null when its namespace belongs to none, or nothing of it was understood'),
    action: z.enum(actions).nullable().describe('Null when nothing of the rule is declared'),
    addresses: z.int().nullable().describe('Prefixes of the source set; null when the source is everyone'),
    status: ruleStatus,
    changed: position,
  })
  .register(components, { id: 'Rule' }) satisfies z.ZodType<RuleSummary>;

const grantSummary = z
  .object({
    prefix: z.string().describe('An address or a CIDR'),
    routeDomain: z.int().describe('0 where route domains are off'),
    namespace: z.string(),
    pod: z.object({ uid: z.string(), name: z.string() }).nullable().describe("Null for a namespace's CIDR"),
    since: time,
    position,
    held: z.boolean().describe('Whether the device holds it, as far as is known'),
  })
  .describe("One prefix of a rule's source set, now")
  .register(components, { id: 'Grant' });

const tenantSummary = z
  .object({
    device: z.string(),
    tenant: z.string(),
    wanted: position,
    applied: position,
    resync: z.boolean().describe('Whether a resync was asked for that has not been done'),
    version: z.int().nullable().describe('The version that the device holds; null before the first'),
    rules: z.int(),
    lastOutcome: z
      .object({
        outcome: z.enum(['applied', 'refused', 'unchanged', 'waiting', 'failed']),
        reason: z.string().nullable(),
        message: z.string().nullable(),
        at: time,
      })
      .nullable()
      .describe('Null when nothing has come of it yet, or of the resync that was asked for last'),
    open: z.boolean().describe('Whether the outcome of an attempt is not known yet'),
    drift: z
      .object({
        action: z
          .enum(['repair', 'report', 'contested'])
          .describe('What is done about it; contested: no longer repaired'),
        since: time.describe('When it was noticed first'),
        position: position.describe('Of its latest audit entry, which has the exact difference'),
        message: z.string(),
      })
      .nullable()
      .describe('The device no longer holds what was applied; null while it does, as far as is known'),
    pin: z
      .object({
        version: z.int(),
        since: time,
        actor: z.object({ name: z.string(), origin: z.string() }),
        reason: z.string(),
      })
      .nullable()
      .describe('The earlier version at whose rules it is held, by whom and why; null unless it is'),
  })
  .register(components, { id: 'Tenant' }) satisfies z.ZodType<TenantSummary>;

const declarationSummary = z
  .object({
    device: z.string(),
    tenant: z.string(),
    version: z.int(),
    purpose: z.enum(['change', 'isolation', 'last-good', 'rollback', 'put-back', 'interim', 'removal']),
    digest: z.string(),
    position,
    rules: z.int(),
    outcome: z.enum(['open', 'applied', 'refused']),
    begunAt: time,
    effective: z
      .object({ from: time, to: time })
      .nullable()
      .describe('The interval in which it became effective; null while, and unless, it did'),
    reason: z.string().nullable(),
    message: z.string().nullable(),
  })
  .register(components, { id: 'Declaration' }) satisfies z.ZodType<DeclarationSummary>;

export const clusterList = z.object({ entries: z.array(clusterSummary) }).register(components, { id: 'ClusterList' });

export const rulePage = pageOf(ruleSummary).register(components, { id: 'RulePage' }) satisfies z.ZodType<
  Page<RuleSummary>
>;

export const ruleDetail = ruleSummary
  .extend({
    desired: desiredRule.nullable().describe('As it is to be declared now; null when nothing of it is'),
    problems: z.array(z.object({ reason: z.enum(problemReasons), message: z.string() })),
    grants: z.array(grantSummary),
  })
  .register(components, { id: 'RuleDetail' }) satisfies z.ZodType<RuleDetail>;

export const tenantList = z.object({ entries: z.array(tenantSummary) }).register(components, { id: 'TenantList' });

const takeoverSummary = z
  .object({
    device: z.string(),
    tenant: z.string(),
    finding: z.object({
      digest: z.string().describe('Names the finding: an approval is of exactly this'),
      reason: z.enum(['PartitionNotEmpty', 'FilledByAnotherController', 'Observing']),
      objects: z.array(z.string()).describe('What stands in a partition that AS3 does not know, and would delete'),
      differences: z.array(z.string()).describe('Object by object, in lines'),
      effect: z.array(z.object({ change: z.enum(['opened', 'closed', 'other', 'unsure']), packets: z.string() })),
      counts: z.object({ objects: z.int(), differences: z.int(), effect: z.int() }),
      steps: z.int().describe('How many declarations it takes'),
    }),
    foundAt: time,
    position,
    approval: z
      .object({
        by: z.object({ name: z.string(), origin: z.string() }),
        at: time,
        holds: z.boolean().describe('Whether it is of this finding'),
      })
      .nullable(),
    done: z.boolean().describe('Whether the tenant was taken over'),
  })
  .register(components, { id: 'Takeover' }) satisfies z.ZodType<TakeoverSummary>;

export const takeoverList = z
  .object({ entries: z.array(takeoverSummary) })
  .register(components, { id: 'TakeoverList' });

const removalSummary = z
  .object({
    device: z.string(),
    tenant: z.string(),
    position: position.describe('Of the request in the event log'),
    dryRun: z.boolean(),
    reason: z.string().nullable(),
    actor: z.object({ name: z.string(), origin: z.string() }),
    askedAt: time,
    state: z
      .enum(['open', 'shown', 'refused', 'removed'])
      .describe('open: the worker has not answered yet; shown: a dry run is over'),
    finding: z
      .object({
        stored: z.boolean().describe('Whether AS3 knows the tenant; if not, CES only forgets it'),
        objects: z.array(z.string()).describe('Full paths of what AS3 would delete'),
        count: z.int().describe('How many there are'),
        obstacles: z.array(z.object({ reason: z.enum(removalObstacleReasons), message: z.string() })),
      })
      .nullable(),
    endedAt: time.nullable(),
  })
  .register(components, { id: 'Removal' }) satisfies z.ZodType<RemovalSummary>;

export const removalList = z.object({ entries: z.array(removalSummary) }).register(components, { id: 'RemovalList' });

export const declarationPage = pageOf(declarationSummary).register(components, {
  id: 'DeclarationPage',
}) satisfies z.ZodType<Page<DeclarationSummary>>;

export const declarationDetail = declarationSummary
  .extend({
    content: z
      .object({ rules: z.array(desiredRule), declaration: jsonObject })
      .nullable()
      .describe('Null for a refusal that passed, and when it is not kept any more (keepDeclarations)'),
  })
  .register(components, { id: 'DeclarationDetail' }) satisfies z.ZodType<DeclarationDetail>;

export const problem = z
  .object({
    type: z.string().describe('A URN that names the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong with this request, and what to do'),
    errors: z
      .array(z.object({ in: z.enum(['path', 'query', 'header', 'body']), pointer: z.string(), detail: z.string() }))
      .exactOptional(),
  })
  .describe('RFC 9457')
  .register(components, { id: 'Problem' }) satisfies z.ZodType<ProblemDetails>;
