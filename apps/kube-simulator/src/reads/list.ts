import { expired, resourceVersionTooLarge } from '../api-error.js';
import { type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { type Store } from '../storage/store.js';
import { decodeContinue, encodeContinue } from './continue-token.js';
import { type ListOptions } from './list-options.js';

export interface ListPage {
  readonly objects: readonly KubeObject[];
  readonly revision: number;
  /** Empty on the last page. */
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

const tooOldVersion = 'The resourceVersion for the provided list is too old.';
const tooOldToken =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * One page of a list, all pages of which show the same revision. After GetList of the API server's etcd3 store;
 * with resourceVersion 0 the limit does not count, since the watch cache answers.
 * @param cacheRevision the revision that the watch cache shows to those who take any
 * @throws ApiError 400, 410 (compacted), 504 (a version that is not there yet)
 */
export function listPage(store: Store, resource: ApiResource, options: ListOptions, cacheRevision: number): ListPage {
  const { selection, limit, continueToken } = options;
  const prefix = selection.namespace === undefined ? '' : `${selection.namespace}/`;
  const from = continueToken === '' ? undefined : decodeContinue(continueToken);
  const revision = from === undefined ? revisionFor(store, options, cacheRevision) : from.revision;
  if (from !== undefined && revision > 0 && revision < store.compactedRevision) {
    throw expired(tooOldToken, encodeContinue({ revision: -1, start: from.start }));
  }
  const shown = revision < 0 ? store.revision : revision;
  if (shown > store.revision) throw resourceVersionTooLarge(shown, store.revision);
  const start = from === undefined ? prefix : prefix + from.start;
  const most = limit > 0 && options.freshness.at !== 'any' ? limit : Number.POSITIVE_INFINITY;
  const objects: KubeObject[] = [];
  let lastKey = '';
  let remaining = 0;
  for (const [key, object] of store.entries(resource.storage, prefix, shown, start)) {
    if (objects.length >= most) {
      remaining += 1;
      if (selection.narrowed) break;
      continue;
    }
    lastKey = key;
    if (selection.matches(object)) objects.push(object);
  }
  return {
    objects,
    revision: shown,
    continueToken:
      remaining === 0 ? '' : encodeContinue({ revision: shown, start: `${lastKey.slice(prefix.length)}\0` }),
    remainingItemCount: remaining === 0 || selection.narrowed ? undefined : remaining,
  };
}

function revisionFor(store: Store, { freshness }: ListOptions, cacheRevision: number): number {
  switch (freshness.at) {
    case 'newest':
      return store.revision;
    case 'any':
      return cacheRevision;
    case 'not-older-than':
      if (freshness.revision > store.revision) throw resourceVersionTooLarge(freshness.revision, store.revision);
      return store.revision;
    case 'exactly':
      if (freshness.revision > store.revision) throw resourceVersionTooLarge(freshness.revision, store.revision);
      if (freshness.revision < store.compactedRevision) throw expired(tooOldVersion);
      return freshness.revision;
  }
}
