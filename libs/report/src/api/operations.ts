import { type z } from 'zod';
import {
  clusterList,
  declarationDetail,
  declarationPage,
  removalList,
  ruleDetail,
  rulePage,
  takeoverList,
  tenantList,
} from './answers.js';
import {
  releaseReceipt,
  removalReceipt,
  resyncReceipt,
  retryReceipt,
  rollbackPreview,
  rollbackReceipt,
} from './command-answers.js';
import { addressHistory, auditDetail, auditPage, eventPage, loggedEvent } from './history-answers.js';
import {
  approveTakeoverBody,
  takeoversQuery,
  auditPath,
  auditQuery,
  declarationPath,
  declarationsQuery,
  eventsQuery,
  grantsQuery,
  liveEventsQuery,
  releaseBody,
  removalsQuery,
  removeTenantBody,
  resyncBody,
  retryBody,
  rollbackBody,
  rollbackQuery,
  rulePath,
  rulesQuery,
  tenantsQuery,
} from './requests.js';

/** One thing that the API does. */
export interface Operation<Answer = unknown> {
  readonly method: 'GET' | 'POST';
  /** Below `basePath`; `{name}` stands for a member of `pathParameters`. */
  readonly path: string;
  readonly summary: string;
  readonly pathParameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: z.ZodType<Answer>;
  readonly status: 200 | 202;
  /** Answers come one after another, as server-sent events, for as long as somebody listens. */
  readonly live?: true;
}

export const basePath = '/api/v1';

/** All that the API does under `basePath`, but for telling this list itself (`/openapi.json`). */
export const operations = {
  clusters: {
    method: 'GET',
    path: '/clusters',
    summary: 'Clusters, and whether all of each is known',
    answer: clusterList,
    status: 200,
  },
  rules: {
    method: 'GET',
    path: '/rules',
    summary: 'Rules with their status, by cluster, namespace and name',
    query: rulesQuery,
    answer: rulePage,
    status: 200,
  },
  rule: {
    method: 'GET',
    path: '/rules/{cluster}/{uid}',
    summary: 'One rule with its addresses and its problems',
    pathParameters: rulePath,
    answer: ruleDetail,
    status: 200,
  },
  tenants: {
    method: 'GET',
    path: '/tenants',
    summary: 'Tenants: what is wanted, and what the device holds',
    query: tenantsQuery,
    answer: tenantList,
    status: 200,
  },
  takeovers: {
    method: 'GET',
    path: '/takeovers',
    summary: 'Tenants that others filled: what their first declaration would mean, for objects and for packets',
    query: takeoversQuery,
    answer: takeoverList,
    status: 200,
  },
  removals: {
    method: 'GET',
    path: '/removals',
    summary: 'Tenants that were asked to be removed, or looked at for that: what came of the last request of each',
    query: removalsQuery,
    answer: removalList,
    status: 200,
  },
  declarations: {
    method: 'GET',
    path: '/declarations',
    summary: 'Declarations, newest first',
    query: declarationsQuery,
    answer: declarationPage,
    status: 200,
  },
  declaration: {
    method: 'GET',
    path: '/declarations/{device}/{tenant}/{version}',
    summary: 'One declaration with its rules and its AS3 body',
    pathParameters: declarationPath,
    answer: declarationDetail,
    status: 200,
  },
  grants: {
    method: 'GET',
    path: '/grants',
    summary: 'The rules that let an address out, or kept it in, at a moment; whose it was, and who wrote them',
    query: grantsQuery,
    answer: addressHistory,
    status: 200,
  },
  audit: {
    method: 'GET',
    path: '/audit',
    summary: 'What people changed, newest first, with before and after',
    query: auditQuery,
    answer: auditPage,
    status: 200,
  },
  auditEntry: {
    method: 'GET',
    path: '/audit/{position}',
    summary: 'One change, with when it became effective',
    pathParameters: auditPath,
    answer: auditDetail,
    status: 200,
  },
  events: {
    method: 'GET',
    path: '/events',
    summary: 'The event log, newest first: changes in clusters, configurations, commands, answers of the device',
    query: eventsQuery,
    answer: eventPage,
    status: 200,
  },
  liveEvents: {
    method: 'GET',
    path: '/events/live',
    summary: 'The event log as it grows, as server-sent events; the id of each is its position',
    query: liveEventsQuery,
    answer: loggedEvent,
    status: 200,
    live: true,
  },
  approveTakeover: {
    method: 'POST',
    path: '/takeovers/approve',
    summary: 'Approve the first declaration of a tenant, as it was shown',
    body: approveTakeoverBody,
    answer: resyncReceipt,
    status: 202,
  },
  removeTenant: {
    method: 'POST',
    path: '/tenants/remove',
    summary: 'Remove a tenant that left the configuration from its device, or only find out whether it could be',
    body: removeTenantBody,
    answer: removalReceipt,
    status: 202,
  },
  resync: {
    method: 'POST',
    path: '/resync',
    summary: 'Declare again, even if nothing changed',
    body: resyncBody,
    answer: resyncReceipt,
    status: 202,
  },
  retry: {
    method: 'POST',
    path: '/retry',
    summary: 'Try rules in quarantine again now',
    body: retryBody,
    answer: retryReceipt,
    status: 202,
  },
  rollbackPreview: {
    method: 'GET',
    path: '/rollback',
    summary: 'What a rollback of a tenant would change now, rule by rule',
    query: rollbackQuery,
    answer: rollbackPreview,
    status: 200,
  },
  rollback: {
    method: 'POST',
    path: '/rollback',
    summary: "Go back to an earlier version's rules with today's addresses, and pin the tenant there",
    body: rollbackBody,
    answer: rollbackReceipt,
    status: 202,
  },
  unpin: {
    method: 'POST',
    path: '/unpin',
    summary: 'Release a pinned tenant: its rules as they stand are declared again',
    body: releaseBody,
    answer: releaseReceipt,
    status: 202,
  },
} as const satisfies Readonly<Record<string, Operation>>;
