import { type JsonObject, type JsonValue } from '#core/json';
import { type Clock } from '#platform/clock';
import { type Device, type DeviceStep } from '../device/device.js';
import { type DeviceObject, keyOf } from '../device/objects.js';
import { DeviceRefusal } from '../device/refusals.js';
import { type Draft } from '../device/state.js';
import { type Faults } from '../faults/faults.js';
import { refusalByKnownIssue } from '../faults/known-issues.js';
import { type ComparisonOptions } from './configuration.js';
import { compareConfigurations, type ObjectChange } from './difference.js';
import { type Command, type Pass, type Plan, planChanges } from './plan.js';
import { currentConfiguration, desiredConfiguration } from './tenant-configuration.js';
import { type DesiredTenant } from './translate.js';
import { type As3Version, has } from './version.js';

/** Milliseconds that AS3 takes. */
export interface Latency {
  readonly perTenant: number;
  /** For each object that the tenant has or is to have: AS3 reads and compares each one. */
  readonly perObject: number;
}

export interface AuditContext {
  readonly device: Device;
  readonly faults: Faults;
  readonly clock: Clock;
  /** Aborted by a reboot. */
  readonly signal: AbortSignal;
  readonly version: As3Version;
  readonly provisioned: ReadonlySet<string>;
  readonly latency: Latency;
  readonly comparison: ComparisonOptions;
}

export interface AuditRequest {
  readonly pass: Pass;
  readonly dryRun: boolean;
  /** `traceResponse`: what was wanted, found and different goes into the answer. */
  readonly traced: boolean;
}

/** What became of one tenant in one pass. */
export interface Audit {
  readonly result: JsonObject;
  readonly succeeded: boolean;
  readonly traces: JsonObject;
}

/**
 * Brings one tenant's partition to what is declared, in one transaction: reads the device, computes the difference,
 * and applies all of it or nothing.
 * @throws the signal's reason when a reboot comes in between: then what was not committed is lost
 */
export async function auditTenant(context: AuditContext, tenant: DesiredTenant, request: AuditRequest): Promise<Audit> {
  const { device, clock, signal, latency } = context;
  const current = currentConfiguration(device.state, tenant, context.version, context.comparison);
  const desired = desiredConfiguration(tenant, context.version, context.comparison);
  const objects = new Set([...current.keys(), ...desired.keys()]).size;
  const duration = latency.perTenant + latency.perObject * objects;
  await clock.sleep(duration / 2, signal);

  const changes = compareConfigurations(current, desired);
  const plan = planChanges(tenant, changes, request.pass, device.state);
  const traces = request.traced ? tracesOf(tenant.name, request.pass, { current, desired, changes, plan }) : {};
  if (changes.length === 0) return { result: { message: 'no change' }, succeeded: true, traces };
  const lineCount = lines(plan);
  if (request.dryRun) return { result: { message: 'success', dryRun: true, lineCount }, succeeded: true, traces };

  const refusal = await apply(context, tenant, changes, plan, () => clock.sleep(duration / 2, signal));
  return refusal === null
    ? { result: { message: 'success', lineCount }, succeeded: true, traces }
    : { result: { message: 'declaration failed', response: refusal }, succeeded: false, traces };
}

/** The device's refusal, or null when everything was applied. */
async function apply(
  context: AuditContext,
  tenant: DesiredTenant,
  changes: readonly ObjectChange[],
  plan: Plan,
  beforeCommit: () => Promise<void>,
): Promise<string | null> {
  const { device, faults } = context;
  const run = (phase: DeviceStep['phase'], commands: readonly Command[]): void => {
    for (const command of commands) {
      device.change({ by: 'as3', phase, command: command.text, tenant: tenant.name }, (draft) => {
        command.apply(draft);
      });
    }
  };
  try {
    const known = refusalByKnownIssue(faults.knownIssues, device.state, changes);
    if (known !== null) return known;
    run('before', plan.before);
    await beforeCommit();
    const refusal =
      faults.takeForTenant(tenant.name) ?? faults.refusalOf(written(tenant, changes)) ?? unlicensed(context, changes);
    if (refusal !== null) throw new DeviceRefusal(refusal);
    const text = plan.transaction.map((command) => command.text).join('\n');
    const step = { by: 'as3', phase: 'transaction', command: text, tenant: tenant.name } as const;
    device.change(step, (draft: Draft) => {
      for (const command of plan.transaction) command.apply(draft);
    });
    run('after', plan.after);
    return null;
  } catch (error) {
    if (!(error instanceof DeviceRefusal)) throw error;
    run('rollback', plan.rollback);
    return error.message;
  }
}

function written(tenant: DesiredTenant, changes: readonly ObjectChange[]): DeviceObject[] {
  const keys = new Set(changes.filter(({ change }) => change !== 'delete').map(({ key }) => key));
  return tenant.objects.filter((object) => keys.has(keyOf(object)));
}

/** From 3.49 on AS3 sets the firewall policy of route domains, also where no AFM is there to take it (#906). */
function unlicensed({ version, provisioned }: AuditContext, changes: readonly ObjectChange[]): string | null {
  const routeDomain = changes.find(({ command }) => command === 'net route-domain');
  if (!routeDomain || !has(version, 'routeDomainEnforcement') || provisioned.has('afm')) return null;
  return `01070734:3: Configuration error: fw-enforced-policy of ${routeDomain.path} requires AFM to be provisioned`;
}

function lines({ before, transaction, after, rollback }: Plan): number {
  const preambleAndEnd = 14;
  return [...before, ...transaction, ...after, ...rollback].reduce(
    (count, command) => count + command.text.split('\n').length,
    preambleAndEnd,
  );
}

interface Traced {
  readonly current: ReturnType<typeof currentConfiguration>;
  readonly desired: ReturnType<typeof desiredConfiguration>;
  readonly changes: readonly ObjectChange[];
  readonly plan: Plan;
}

/** The second pass over Common overwrites what the first one traced, but for the script. */
function tracesOf(tenant: string, pass: Pass, { current, desired, changes, plan }: Traced): JsonObject {
  const shown = (configuration: Traced['current']): JsonObject =>
    Object.fromEntries(
      [...configuration.values()].map(({ path, command, properties }) => [path, { command, properties: properties() }]),
    );
  const script = [
    ...plan.before.map(({ text }) => text),
    'tmsh::begin_transaction',
    ...plan.transaction.map(({ text }) => text),
    'tmsh::commit_transaction',
    ...plan.after.map(({ text }) => text),
  ].join('\n');
  const differences: JsonValue = changes.flatMap((change) =>
    change.differences().map((difference) => ({ ...difference })),
  );
  return {
    [`${tenant}Desired`]: shown(desired),
    [`${tenant}Current`]: shown(current),
    [`${tenant}Diff`]: differences,
    [`${tenant}${pass === 'rest' ? '_0' : ''}Script`]: script,
  };
}
