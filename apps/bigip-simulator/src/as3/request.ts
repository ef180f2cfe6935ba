import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { isTenant, type Problem, tenantNamesOf, without } from './declaration.js';
import { type As3Version, has } from './version.js';

/** A request that may change the device, or pretends to. */
export interface DeclareRequest {
  readonly action: 'deploy' | 'remove';
  /** Of class ADC, already cut down to the tenants in the path. */
  readonly declaration: JsonObject;
  /** Empty when the path names none. */
  readonly tenantsInPath: readonly string[];
  readonly dryRun: boolean;
  readonly traceResponse: boolean;
  readonly showHash: boolean;
  readonly asynchronous: boolean;
  /** Whether the device saves its configuration afterwards. */
  readonly persist: boolean;
  /** How many declarations are kept, this one included. */
  readonly historyLimit: number;
  /** A device group, or empty. */
  readonly syncToGroup: string;
}

export interface RawRequest {
  readonly method: 'POST' | 'DELETE';
  /** What follows `/declare/`, or empty. */
  readonly subPath: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonValue | undefined;
}

export type Parsed<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

const booleans = ['async', 'showHash', 'unchecked', 'controls.trace', 'controls.traceResponse', 'controls.dryRun'];

/** Reads a POST or DELETE as AS3 does. @param id for a declaration without one */
export function parseDeclareRequest(raw: RawRequest, version: As3Version, id: string): Parsed<DeclareRequest> {
  const wrongQuery = wrongQueryOf(raw, version);
  if (wrongQuery !== null) return refused(400, wrongQuery);
  const named = raw.subPath
    .split(',')
    .map(decodeURIComponent)
    .filter((name) => name !== '');
  return raw.method === 'DELETE' ? parseDelete(raw, named, id) : parsePost(raw, named, version, id);
}

function parseDelete(raw: RawRequest, named: readonly string[], id: string): Parsed<DeclareRequest> {
  const stubs = Object.fromEntries(named.map((name) => [name, { class: 'Tenant' }]));
  const updateMode = named.length > 0 ? 'selective' : 'complete';
  const declaration = { class: 'ADC', schemaVersion: '3.0.0', id, updateMode, ...stubs };
  return accepted({ action: 'remove', declaration, tenantsInPath: named, ...options(raw.query, {}, declaration) });
}

function parsePost(raw: RawRequest, named: readonly string[], version: As3Version, id: string): Parsed<DeclareRequest> {
  const { body } = raw;
  if (!isJsonObject(body)) return refused(400, 'Error: the body must be a JSON object of class AS3 or ADC');
  const request = body['class'] === 'AS3' ? body : { class: 'AS3', declaration: body };
  const wrong = wrongWrapper(request, version);
  if (wrong !== null) return refused(422, 'declaration is invalid', [wrong]);
  if (request['action'] === 'remove') return parseDelete(raw, named, id);
  const given = isJsonObject(request['declaration']) ? request['declaration'] : {};
  const present = named.filter((name) => isTenant(given[name]));
  const ignored = named.length === 0 ? [] : tenantNamesOf(given).filter((name) => !present.includes(name));
  const declaration = without(given, ...ignored);
  const hasId = typeof declaration['id'] === 'string' && declaration['id'] !== '';
  return accepted({
    action: 'deploy',
    declaration: hasId ? declaration : { ...declaration, id: `autogen_${id}` },
    tenantsInPath: present,
    ...options(raw.query, request, declaration),
  });
}

const wrapperMembers = new Set([
  ...['class', '$schema', 'action', 'declaration', 'persist', 'historyLimit', 'syncToGroup', 'logLevel', 'trace'],
  ...['targetHost', 'targetPort', 'targetUsername', 'targetPassphrase', 'targetTimeout', 'targetTokens'],
  ...['resourceTimeout', 'retrieveAge', 'redeployAge', 'redeployUpdateMode', 'patchBody'],
]);

function wrongWrapper(request: JsonObject, version: As3Version): string | null {
  const unknown = Object.keys(request).find((name) => !wrapperMembers.has(name));
  if (unknown !== undefined) return `/: must NOT have additional properties ("${unknown}")`;
  const action = request['action'] ?? 'deploy';
  const actions = ['deploy', 'remove', ...(has(version, 'dryRun') ? ['dry-run'] : [])];
  if (typeof action !== 'string' || !actions.includes(action)) {
    return `/action: the simulator knows ${actions.join(', ')}, not ${JSON.stringify(action)}`;
  }
  const limit = request['historyLimit'] ?? 4;
  if (typeof limit !== 'number' || limit < 0 || limit > 15) return '/historyLimit: must be between 0 and 15';
  if (typeof (request['persist'] ?? true) !== 'boolean') return '/persist: must be boolean';
  const declaration = request['declaration'];
  if (action === 'remove') return null;
  return isJsonObject(declaration) && declaration['class'] === 'ADC' ? null : '/declaration: must be of class ADC';
}

function wrongQueryOf({ method, query }: RawRequest, version: As3Version): string | null {
  const known = ['async', 'show', 'showHash', 'filterClass', 'unchecked', 'controls.logLevel', 'controls.userAgent'];
  const all = [...known, ...booleans].filter((name) => name !== 'controls.dryRun' || has(version, 'dryRun'));
  for (const [name, value] of Object.entries(query)) {
    if (!all.includes(name)) return `unrecognized URL query parameter "${name}"`;
    if (method === 'DELETE' && name === 'showHash') return 'query param "showHash" is not allowed for method Delete';
    if (booleans.includes(name) && !/^(true|false)$/i.test(value)) {
      return `${name.split('.').at(-1) ?? name} must be "true" or "false"`;
    }
  }
  return null;
}

type Options = Omit<DeclareRequest, 'action' | 'declaration' | 'tenantsInPath'>;

function options(query: RawRequest['query'], request: JsonObject, declaration: JsonObject): Options {
  const controls = isJsonObject(declaration['controls']) ? declaration['controls'] : {};
  const isTrue = (name: string): boolean => query[name]?.toLowerCase() === 'true';
  const control = (name: string): boolean =>
    query[`controls.${name}`] === undefined ? controls[name] === true : isTrue(`controls.${name}`);
  return {
    dryRun: request['action'] === 'dry-run' || control('dryRun'),
    traceResponse: control('traceResponse'),
    showHash: isTrue('showHash'),
    asynchronous: isTrue('async'),
    persist: request['persist'] !== false,
    historyLimit: typeof request['historyLimit'] === 'number' ? request['historyLimit'] : 4,
    syncToGroup: typeof request['syncToGroup'] === 'string' ? request['syncToGroup'] : '',
  };
}

function accepted(value: DeclareRequest): Parsed<DeclareRequest> {
  return { ok: true, value };
}

function refused(status: number, message: string, errors?: readonly string[]): Parsed<never> {
  return { ok: false, problem: { status, message, ...(errors ? { errors } : {}) } };
}
