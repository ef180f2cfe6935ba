import { type JsonValue } from '#core/json';
import { componentOf, type DeviceObject } from '../device/objects.js';
import { type KnownIssue } from './known-issues.js';

/** What happens to a request instead of, or besides, being answered. */
export type HttpEffect =
  /** Answered with this status; nothing else happens. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: JsonValue }
  /** Done, and answered only in half; then the connection breaks. */
  | { readonly kind: 'cut-short' }
  /** Done and answered, this much later. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Done, and the connection breaks before the answer. */
  | { readonly kind: 'lose-answer' };

/** Which requests a fault strikes; without a criterion, every one that is no control request. */
export interface RequestMatch {
  readonly method?: string;
  /** What the path, without its query, begins with. */
  readonly path?: string;
}

export interface HttpFault extends RequestMatch {
  readonly effect: HttpEffect;
  /** How many requests it strikes; 1 by default. */
  readonly times?: number;
}

export interface ObjectRefusal {
  /** Found anywhere in the path of an object that is to be created or modified. */
  readonly pattern: RegExp;
  /** The words of the device (beginning with its message number), or of AS3's schema. */
  readonly message: string;
  /** Whether the words end in what is refused. */
  readonly named: boolean;
}

export interface TenantFailure {
  readonly message: string;
  /** How many declares fail; all by default. */
  readonly times?: number;
}

interface Counted<Fault> {
  readonly fault: Fault;
  left: number;
}

/** The faults that are set at the moment. */
export class Faults {
  readonly knownIssues = new Set<KnownIssue>();
  #http: Counted<HttpFault>[] = [];
  #refusals: ObjectRefusal[] = [];
  #invalid: ObjectRefusal[] = [];
  readonly #tenants = new Map<string, Counted<TenantFailure>>();

  /** Strikes the next requests that match; faults that were set earlier come first. */
  strikeRequests(fault: HttpFault): void {
    this.#http.push({ fault, left: fault.times ?? 1 });
  }

  /** The device refuses objects with such a path when they are created or modified, in its own words. */
  refuseObjects(pattern: RegExp, message = '01070734:3: Configuration error: refused', named = true): void {
    this.#refusals.push({ pattern, message, named });
  }

  /** AS3 refuses a declaration that holds items with such a path, before it begins: in a dry run too. */
  invalidateItems(pattern: RegExp, message = 'must match pattern', named = true): void {
    this.#invalid.push({ pattern, message, named });
  }

  /** The device refuses whatever changes in this tenant. */
  failTenant(name: string, failure: TenantFailure): void {
    this.#tenants.set(name, { fault: failure, left: failure.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.knownIssues.clear();
    this.#http = [];
    this.#refusals = [];
    this.#invalid = [];
    this.#tenants.clear();
  }

  /** What strikes this request, which uses the fault up by one. */
  takeForRequest(method: string, path: string): HttpEffect | undefined {
    const found = this.#http.find(
      ({ fault }) =>
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || path.startsWith(fault.path)),
    );
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#http = this.#http.filter((counted) => counted !== found);
    return found.fault.effect;
  }

  /** Uses a failure of that tenant up by one. */
  takeForTenant(name: string): string | null {
    const found = this.#tenants.get(name);
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.#tenants.delete(name);
    return found.fault.message;
  }

  refusalOf(objects: readonly DeviceObject[]): string | null {
    for (const { pattern, message, named } of this.#refusals) {
      const found = objects.find(({ path }) => pattern.test(path));
      if (found) return named ? `${message} (${componentOf(found)} ${found.path})` : message;
    }
    return null;
  }

  /** @param paths of the items of a declaration: `/TENANT/APPLICATION/NAME`. */
  invalidityOf(paths: readonly string[]): string | null {
    for (const { pattern, message, named } of this.#invalid) {
      const found = paths.find((path) => pattern.test(path));
      if (found !== undefined) return named ? `${found}: ${message}` : message;
    }
    return null;
  }
}
