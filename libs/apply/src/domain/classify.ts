import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { shortened } from '#core/text';
import { DeviceFailure, type FailureKind } from './failures.js';

/** Of a device's words: a status condition, and a row of the log, need no more. */
const mostCharacters = 2_000;

/** One entry of `results[]` in an answer of AS3; Common gives two. */
export interface TenantResult {
  readonly tenant: string;
  readonly code: number;
  readonly message: string;
  /** The device's own words, null when it had none. */
  readonly response: string | null;
}

export type DeclareAnswer =
  /** AS3 works on it under this task. */
  | { readonly type: 'accepted'; readonly task: string }
  | { readonly type: 'over'; readonly results: readonly TenantResult[]; readonly declaration: JsonObject | null };

export type TaskAnswer =
  | { readonly type: 'pending' }
  | { readonly type: 'over'; readonly results: readonly TenantResult[]; readonly declaration: JsonObject | null }
  /** AS3 does not know the task: it restarted, or the record has expired. */
  | { readonly type: 'unknown' };

/**
 * Reads the answer to a declare.
 * @throws DeviceFailure for every answer that is neither 200, 202 nor 207, and for those that cannot be understood.
 */
export function readDeclareAnswer(status: number, body: JsonValue): DeclareAnswer {
  if (status === 202) {
    const id = isJsonObject(body) ? body['id'] : undefined;
    if (typeof id !== 'string' || !isTaskId(id))
      throw new DeviceFailure('answer-lost', 'a 202 without the id of its task');
    return { type: 'accepted', task: id };
  }
  if (status === 200 || status === 207) return readOver(body);
  // A 422 of the transaction still lists its results; one of the schema does not.
  if (status === 422 && isJsonObject(body) && Array.isArray(body['results'])) return readOver(body);
  throw failureOf(status, body);
}

/** Reads a task's record. Throws as `readDeclareAnswer` does. */
export function readTaskAnswer(status: number, body: JsonValue): TaskAnswer {
  if (status === 404) return { type: 'unknown' };
  if (status !== 200) throw failureOf(status, body);
  const results = readResults(body);
  if (results.length === 0) throw new DeviceFailure('not-understood', 'a task without results');
  if (results.some(({ message }) => cancelled.test(message))) return { type: 'over', results, declaration: null };
  const pending = results.some((result) => result.code === 0 || /^(in progress|pending)$/i.test(result.message));
  return pending ? { type: 'pending' } : readOver(body);
}

/** What the results say of one tenant: null when every part of it succeeded. */
export function failureInResults(results: readonly TenantResult[], tenant: string): DeviceFailure | null {
  const own = results.filter((result) => result.tenant === tenant || result.tenant === '');
  if (own.length === 0) return new DeviceFailure('not-understood', `no result for the tenant "${tenant}"`);
  const failed = own.find((result) => !succeeded(result));
  if (failed === undefined) return null;
  return new DeviceFailure(
    kindOf(failed.code, `${failed.message} ${failed.response ?? ''}`),
    shortened(wordsOf(failed), mostCharacters),
  );
}

export function succeeded({ code }: TenantResult): boolean {
  return code >= 200 && code <= 299;
}

/** With burst handling, a declaration for which there was no room: AS3 never looked at it. */
const cancelled = /task cancell?ed/i;

/** The failure that an HTTP status and body outside of the expected mean. */
export function failureOf(status: number, body: JsonValue): DeviceFailure {
  const words = readWords(body);
  return new DeviceFailure(kindOf(status, words), shortened(words || `status ${String(status)}`, mostCharacters));
}

function kindOf(status: number, words: string): FailureKind {
  if (/hash you submitted does not match/i.test(words)) return 'lock-key';
  if (/operation in progress on device/i.test(words) || cancelled.test(words)) return 'busy';
  if (/01070712.*max:65520/s.test(words)) return 'metadata-limit';
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'as3-missing';
    case 413:
      return 'too-large';
    case 422:
      return /declaration is invalid|schema/i.test(words) ? 'schema' : 'refused';
    case 429:
      return 'busy';
    case 503:
      return 'unavailable';
    default:
      if (status === 400) return 'schema';
      return status >= 500 ? 'server-error' : 'not-understood';
  }
}

function readOver(body: JsonValue): { type: 'over'; results: TenantResult[]; declaration: JsonObject | null } {
  const results = readResults(body);
  if (results.length === 0) throw new DeviceFailure('not-understood', 'an answer without results');
  const declaration = isJsonObject(body) ? body['declaration'] : undefined;
  const present = isJsonObject(declaration) && Object.keys(declaration).length > 0;
  return { type: 'over', results, declaration: present ? declaration : null };
}

function readResults(body: JsonValue): TenantResult[] {
  if (!isJsonObject(body)) return [];
  const results = Array.isArray(body['results']) ? (body['results'] as readonly JsonValue[]) : [body];
  return results.flatMap((result) => {
    if (!isJsonObject(result) || typeof result['code'] !== 'number') return [];
    const { code, message, tenant, response } = result;
    return [
      {
        code,
        tenant: typeof tenant === 'string' ? tenant : '',
        message: typeof message === 'string' ? message : '',
        response: [text(response), errorsOf(result)].filter((part) => part !== '').join(' ') || null,
      },
    ];
  });
}

function readWords(body: JsonValue): string {
  if (!isJsonObject(body)) return typeof body === 'string' ? body : '';
  const nested = readResults(body).map(wordsOf).join(' ');
  return nested || [text(body['message']), errorsOf(body)].filter((part) => part !== '').join(' ');
}

function wordsOf(result: TenantResult): string {
  return [result.message, result.response ?? ''].filter((part) => part !== '').join(': ');
}

function errorsOf(body: JsonObject): string {
  return Array.isArray(body['errors']) ? (body['errors'] as readonly JsonValue[]).map(text).join('; ') : '';
}

function text(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Task ids become part of a path: nothing but a uuid's characters. */
function isTaskId(id: string): boolean {
  return /^[0-9A-Za-z-]{1,64}$/.test(id);
}
