import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Answer } from '../answer.js';
import { auditTenant, type AuditContext } from './audit.js';
import { isEmptyTenant, isTenant, type Problem, stringAt, tenantNamesOf, tenantsOf, without } from './declaration.js';
import { type Pass } from './plan.js';
import { type DeclareRequest } from './request.js';
import { type As3Settings } from './settings.js';
import { type SchemaCheck } from './schema.js';
import { type DeclarationStore, largestMetadata, lockKeyOf, metadataSize, withLockKeys } from './store.js';
import { translateTenant } from './translate.js';
import { problemOf } from './validate.js';

export interface DeclareContext extends AuditContext {
  readonly store: DeclarationStore;
  readonly settings: As3Settings;
  readonly schema: SchemaCheck;
  readonly checksBigipPaths: boolean;
  /** Called when the configuration is synchronised to a device group. */
  readonly onSync: (deviceGroup: string) => void;
}

/** One entry of `results[]`. */
interface TenantResult {
  readonly tenant: string;
  readonly succeeded: boolean;
  readonly entry: JsonObject;
}

/**
 * Carries a declare out; AS3's lock is held meanwhile. Tenants go one after the other, each with its own result, and
 * an earlier success stays when a later one fails. Common goes in two passes around all others, with two results.
 * @throws the signal's reason when the device is rebooted in between
 */
export async function declare(context: DeclareContext, request: DeclareRequest): Promise<Answer> {
  const previous = context.store.get() ?? {};
  const declaration = withCommon(asRequested(request, previous), previous, request);
  const problem =
    request.action === 'remove' ? null : problemOf(declaration, { ...context, device: context.device.state });
  if (problem) return refusal(problem, declaration);

  const { results, traces } = await auditAll(context, request, declaration, previous);
  context.signal.throwIfAborted();
  const failed = new Set(results.filter(({ succeeded }) => !succeeded).map(({ tenant }) => tenant));
  const stored = merged(previous, declaration, failed, context.clock.now());
  if (!request.dryRun) {
    const tooLarge = metadataProblem(stored, context.settings);
    if (tooLarge) return refusal(tooLarge, declaration);
    context.store.add({ timestamp: context.clock.now().getTime(), declaration: stored }, request.historyLimit);
    if (request.persist) {
      context.device.save();
      context.store.save();
    }
    if (request.syncToGroup !== '') context.onSync(request.syncToGroup);
  }
  const shown = declarationShown(stored, request, results);
  const body: JsonObject = {
    results: results.map(({ entry }) => entry),
    declaration: shown,
    ...(request.traceResponse ? { traces } : {}),
    ...(request.dryRun ? { dryRun: true } : {}),
  };
  return { status: statusOf(results), body };
}

function statusOf(results: readonly TenantResult[]): number {
  if (results.every(({ succeeded }) => succeeded)) return 200;
  return results.some(({ succeeded }) => succeeded) ? 207 : 422;
}

/**
 * The declaration with what the request implies: with `complete`, every other stored tenant is declared empty; with
 * `showHash`, a tenant without a lock key gets that of its own new content, which then guards a stored tenant against
 * any change (declarationHandler.js: getOptimisticLockKeys before the audit).
 */
function asRequested(request: DeclareRequest, previous: JsonObject): JsonObject {
  const { declaration } = request;
  const keyed = request.showHash ? withLockKeys(declaration) : declaration;
  if (declaration['updateMode'] !== 'complete') return keyed;
  const unwanted = tenantNamesOf(previous).filter((name) => !isTenant(declaration[name]));
  return { ...keyed, ...Object.fromEntries(unwanted.map((name) => [name, { class: 'Tenant' }])) };
}

/** A declaration that mentions /Common/Shared anywhere takes the stored Common along, unasked. */
function withCommon(declaration: JsonObject, previous: JsonObject, request: DeclareRequest): JsonObject {
  const common = previous['Common'];
  if (request.action === 'remove' || isTenant(declaration['Common']) || !isTenant(common)) return declaration;
  return JSON.stringify(declaration).includes('"/Common/Shared') ? { ...declaration, Common: common } : declaration;
}

async function auditAll(
  context: DeclareContext,
  request: DeclareRequest,
  declaration: JsonObject,
  previous: JsonObject,
): Promise<{ results: TenantResult[]; traces: JsonObject }> {
  const others = tenantNamesOf(declaration).filter((name) => name !== 'Common');
  const order: (readonly [string, Pass])[] = others.map((name) => [name, 'whole']);
  if (isTenant(declaration['Common'])) {
    order.unshift(['Common', 'additions']);
    order.push(['Common', 'rest']);
  }
  const results: TenantResult[] = [];
  const traces: Record<string, JsonValue> = {};
  for (const [name, pass] of order) {
    const { result, traced } = await auditOne(context, request, { declaration, previous, name, pass });
    results.push(result);
    Object.assign(traces, traced);
  }
  if (order.length > 0) return { results, traces };
  return { results: [{ tenant: '', succeeded: true, entry: { message: 'no change', host, code: 200 } }], traces };
}

const host = 'localhost';

const wrongKey =
  'The hash you submitted does not match the hash on the current Tenant. This usually indicates there was a change ' +
  'to the Tenant since you pulled this hash. You will want to do a GET and see what the changes are.';

interface TenantInQuestion {
  readonly declaration: JsonObject;
  readonly previous: JsonObject;
  readonly name: string;
  readonly pass: Pass;
}

async function auditOne(
  context: DeclareContext,
  request: DeclareRequest,
  { declaration, previous, name, pass }: TenantInQuestion,
): Promise<{ result: TenantResult; traced: JsonObject }> {
  const begun = context.clock.monotonic();
  const refused = { tenant: name, succeeded: false, entry: { message: wrongKey, host, tenant: name, code: 422 } };
  const guarded = isGuarded(declaration[name], previous[name]);
  if (guarded && !context.faults.knownIssues.has('#599')) return { result: refused, traced: {} };
  const tenant = translateTenant(declaration, name);
  const audit = await auditTenant(context, tenant, { pass, dryRun: request.dryRun, traced: request.traceResponse });
  const entry = {
    code: audit.succeeded ? 200 : 422,
    ...audit.result,
    host,
    tenant: name,
    runTime: Math.round(context.clock.monotonic() - begun),
    declarationId: stringAt(declaration, 'id') ?? '',
  };
  const result = guarded ? refused : { tenant: name, succeeded: audit.succeeded, entry };
  return { result, traced: audit.traces };
}

/** A tenant that is not stored yet is not guarded, whatever key it carries. */
function isGuarded(tenant: JsonValue | undefined, stored: JsonValue | undefined): boolean {
  const key = isJsonObject(tenant) ? stringAt(tenant, 'optimisticLockKey') : null;
  return key !== null && key !== '' && isTenant(stored) && lockKeyOf(stored) !== key;
}

/** What AS3 stores: as if the failed tenants had not been in the declaration, and the emptied ones gone. */
function merged(previous: JsonObject, declaration: JsonObject, failed: ReadonlySet<string>, now: Date): JsonObject {
  const kept = tenantsOf(previous).filter(([name]) => failed.has(name) || !isTenant(declaration[name]));
  const order = [...tenantNamesOf(previous), ...tenantNamesOf(declaration)];
  const applied = tenantsOf(declaration)
    .filter(([name, tenant]) => !failed.has(name) && !isEmptyTenant(tenant))
    .map(([name, tenant]) => [name, without(tenant, 'optimisticLockKey')] as const);
  const tenants = new Map<string, JsonObject>([...kept, ...applied]);
  const inOrder = [...new Set(order)].flatMap((name) => {
    const tenant = tenants.get(name);
    return tenant ? [[name, tenant] as const] : [];
  });
  const rest = Object.entries(declaration).filter(([, member]) => !isTenant(member));
  const controls = isJsonObject(declaration['controls']) ? declaration['controls'] : {};
  return {
    ...Object.fromEntries(inOrder),
    ...Object.fromEntries(rest),
    controls: { ...controls, archiveTimestamp: now.toISOString() },
  };
}

function declarationShown(stored: JsonObject, request: DeclareRequest, results: readonly TenantResult[]): JsonObject {
  const affected = new Set(results.map(({ tenant }) => tenant));
  const unaffected = tenantNamesOf(stored).filter((name) => !affected.has(name));
  const shown = without(stored, ...unaffected);
  return request.showHash ? withLockKeys(shown) : shown;
}

function metadataProblem(declaration: JsonObject, settings: As3Settings): Problem | null {
  const size = metadataSize(declaration);
  if (settings.encodeDeclarationMetadata || size <= largestMetadata) return null;
  return {
    status: 422,
    message:
      '01070712:3: Caught configuration exception (0), Values (/Common/____appsvcs_declaration) specified for ' +
      `Data Group Record (data) exceed the maximum length: ${String(size)}, max:${String(largestMetadata)}`,
  };
}

/** The answer to a declaration that AS3 did not begin with, or could not finish. */
export function refusal(problem: Problem, declaration: JsonObject): Answer {
  const tenants = tenantNamesOf(declaration);
  return {
    status: problem.status,
    body: {
      code: problem.status,
      ...(problem.errors ? { errors: problem.errors } : {}),
      message: problem.message,
      host,
      ...(tenants.length === 1 ? { tenant: tenants } : {}),
      declarationId: stringAt(declaration, 'id') ?? '',
    },
  };
}
