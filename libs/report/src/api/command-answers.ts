import { ruleKinds } from '#core/kinds';
import { actions } from '#core/rule';
import { type CommandReceipt, type RetryReceipt, type Rollback } from '#project/ports/commands';
import { type RuleDifference } from '#project/domain/rule-difference';
import { z } from 'zod';
import { position, time } from './answer-parts.js';
import { components } from './components.js';

const receipt = {
  device: z.string(),
  position: position.describe('Where the command stands in the event log'),
  tenants: z.array(z.string()),
};

export const resyncReceipt = z.object(receipt).register(components, {
  id: 'ResyncReceipt',
}) satisfies z.ZodType<CommandReceipt>;

export const releaseReceipt = z.object(receipt).register(components, {
  id: 'ReleaseReceipt',
}) satisfies z.ZodType<CommandReceipt>;

export const removalReceipt = z.object(receipt).register(components, {
  id: 'RemovalReceipt',
}) satisfies z.ZodType<CommandReceipt>;

export const retryReceipt = z
  .object({
    ...receipt,
    rules: z.array(z.object({ tenant: z.string(), cluster: z.string(), uid: z.string() })),
  })
  .register(components, { id: 'RetryReceipt' }) satisfies z.ZodType<RetryReceipt>;

const ruleDifference = z
  .object({
    cluster: z.string(),
    kind: z.enum(ruleKinds),
    uid: z.string(),
    namespace: z.string().describe('Empty for cluster-scoped rules'),
    name: z.string(),
    change: z.enum(['added', 'removed', 'changed']),
    action: z.enum(actions).describe('Afterwards; before, when it is removed'),
    opens: z.boolean().describe('Whether something may pass afterwards that does not now'),
    details: z.array(
      z.object({
        change: z.enum(['added', 'removed']),
        what: z.enum(['action', 'priority', 'logging', 'source', 'destination', 'address']),
        text: z.string(),
      }),
    ),
  })
  .describe('How a rule differs between what the device holds and what it is to hold')
  .register(components, { id: 'RuleDifference' }) satisfies z.ZodType<RuleDifference>;

const rollback = {
  device: z.string(),
  tenant: z.string(),
  version: z.int().describe('Whose rules are to be in force again'),
  effective: z.object({ from: time, to: time }).describe('When it came to be on the device, at first'),
  current: z.int().describe('The version that the device holds now'),
  pinned: z.int().nullable().describe('The version to which the tenant is pinned already'),
  differences: z.array(ruleDifference),
};

export const rollbackPreview = z.object(rollback).register(components, {
  id: 'Rollback',
}) satisfies z.ZodType<Rollback>;

export const rollbackReceipt = z.object({ ...rollback, ...receipt }).register(components, {
  id: 'RollbackReceipt',
}) satisfies z.ZodType<Rollback & CommandReceipt>;
