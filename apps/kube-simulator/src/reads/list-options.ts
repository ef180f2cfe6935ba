import { badRequest, invalid, type StatusCause } from '../api-error.js';
import { forbiddenField, type ApiResource } from '../kinds/api-resource.js';
import { parseSelection, type Selection } from './selectors.js';

/** Which state a list asks for. */
export type Freshness =
  | { readonly at: 'newest' }
  | { readonly at: 'any' }
  | { readonly at: 'not-older-than'; readonly revision: number }
  | { readonly at: 'exactly'; readonly revision: number };

export interface ListOptions {
  readonly selection: Selection;
  readonly freshness: Freshness;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
}

export interface WatchOptions {
  readonly selection: Selection;
  /** Undefined: from the newest state, which is sent first; 0: from any state, which is sent first. */
  readonly resourceVersion: number | undefined;
  readonly allowBookmarks: boolean;
  /** Undefined: as long as the server likes. */
  readonly timeoutSeconds: number | undefined;
}

/** Like Go's conversion of query parameters: anything but `0` and `false` is true, also an empty value. */
export function queryFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/**
 * After ValidateListOptions of k8s.io/apimachinery and the table of semantics in the API concepts.
 * @throws ApiError 400 or 422
 */
export function parseListOptions(
  resource: ApiResource,
  namespace: string | undefined,
  query: URLSearchParams,
): ListOptions {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const continueToken = query.get('continue') ?? '';
  const causes = matchCauses(version, match, continueToken);
  if (query.has('sendInitialEvents')) {
    causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
  if (continueToken !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const limit = parseNumber(query, 'limit') ?? 0;
  return {
    selection: parseSelectors(resource, namespace, query),
    freshness: freshness(version, match, limit),
    limit,
    continueToken,
  };
}

/** @throws ApiError 400 or 422 */
export function parseWatchOptions(
  resource: ApiResource,
  namespace: string | undefined,
  query: URLSearchParams,
): WatchOptions {
  const causes: StatusCause[] = [];
  if ((query.get('resourceVersionMatch') ?? '') !== '') {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    causes.push(forbiddenField('resourceVersionMatch', why));
  }
  if (query.has('sendInitialEvents')) {
    const why = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    causes.push(forbiddenField('sendInitialEvents', why));
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
  const version = query.get('resourceVersion') ?? '';
  return {
    selection: parseSelectors(resource, namespace, query),
    resourceVersion: version === '' ? undefined : parseResourceVersion(version),
    allowBookmarks: queryFlag(query, 'allowWatchBookmarks'),
    timeoutSeconds: parseNumber(query, 'timeoutSeconds'),
  };
}

/** @throws ApiError 400 */
export function parseResourceVersion(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`invalid resource version: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parseSelectors(resource: ApiResource, namespace: string | undefined, query: URLSearchParams): Selection {
  return parseSelection(resource, namespace, query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '');
}

/** Without a match, a version together with a limit means exactly that version: the paging of older clients. */
function freshness(version: string, match: string, limit: number): Freshness {
  if (version === '') return { at: 'newest' };
  const revision = parseResourceVersion(version);
  if (revision === 0) return { at: 'any' };
  if (match === 'Exact' || (match === '' && limit > 0)) return { at: 'exactly', revision };
  return { at: 'not-older-than', revision };
}

function matchCauses(version: string, match: string, continueToken: string): StatusCause[] {
  const field = 'resourceVersionMatch';
  if (match === '') return [];
  return [
    ...(version === '' ? [forbiddenField(field, `${field} is forbidden unless resourceVersion is provided`)] : []),
    ...(continueToken === '' ? [] : [forbiddenField(field, `${field} is forbidden when continue is provided`)]),
    ...(match === 'Exact' || match === 'NotOlderThan'
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            message: `Unsupported value: ${JSON.stringify(match)}: supported values: "", "Exact", "NotOlderThan"`,
            field,
          },
        ]),
    ...(match === 'Exact' && version === '0'
      ? [forbiddenField(field, `${field} "exact" is forbidden for resourceVersion "0"`)]
      : []),
  ];
}

function parseNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
