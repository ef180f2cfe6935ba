import { type ObjectKind } from '#core/kinds';
import { type FailureMeaning } from './failure.js';
import { resources } from './resources.js';
import { type ListReason } from './snapshot-policy.js';

/** What went wrong in a list or a watch. */
export type Trouble =
  /** The API server answered so; an ERROR event counts as an answer. */
  | { readonly type: 'refused'; readonly meaning: FailureMeaning; readonly retryAfter: number | null }
  /** Connection refused or reset, nothing heard, or a watch that ended at once. */
  | { readonly type: 'unreachable' }
  /** An event, or a list, that cannot be read. */
  | { readonly type: 'unreadable' };

export interface Recovery {
  /** List before watching again, and why; null: go on where the watch stood. */
  readonly list: ListReason | null;
  /** Milliseconds to wait at least; null: none at all, not even the back-off. */
  readonly pause: number | null;
}

/** So many refusals of a watch in a row make it doubtful that its version is any good. */
const refusalsBeforeList = 5;

/**
 * How to go on after trouble. Never gives up.
 * @param inARow 1 for the first trouble since the watch last made progress.
 */
export function recover(trouble: Trouble, inARow: number): Recovery {
  switch (trouble.type) {
    case 'unreachable':
      return { list: null, pause: 0 };
    case 'unreadable':
      return { list: 'broken-watch', pause: 0 };
    case 'refused':
      return afterRefusal(trouble.meaning, trouble.retryAfter, inARow);
  }
}

function afterRefusal(meaning: FailureMeaning, retryAfter: number | null, inARow: number): Recovery {
  const pause = retryAfter ?? 0;
  switch (meaning) {
    case 'expired':
    case 'version-too-large':
      return { list: 'expired', pause: inARow === 1 ? retryAfter : pause };
    case 'unavailable':
      return { list: inARow % refusalsBeforeList === 0 ? 'broken-watch' : null, pause };
    case 'throttled':
    case 'not-found':
    case 'conflict':
    case 'exists':
    case 'unauthorized':
    case 'forbidden':
    case 'invalid':
      return { list: null, pause };
  }
}

/** Says what is the matter with a kind, and what to do. */
export function adviceFor(kind: ObjectKind, trouble: Trouble): string {
  const { plural, apiVersion, custom } = resources[kind];
  if (trouble.type === 'unreachable') return `The connection that follows ${plural} failed: trying again.`;
  if (trouble.type === 'unreadable') return `What the API server says of ${plural} is not understood: listing again.`;
  switch (trouble.meaning) {
    case 'not-found':
      return custom
        ? `${kind} is not installed: apply the custom resource definitions of CES (k8s/base/crds).`
        : `The API server does not serve ${plural} in ${apiVersion}: Kubernetes 1.29 or later is needed.`;
    case 'unauthorized':
      return 'The API server does not accept the credentials: check the kubeconfig or the service account.';
    case 'forbidden':
      return `The service account may not list and watch ${plural}: check its ClusterRole.`;
    case 'expired':
    case 'version-too-large':
      return `The API server no longer goes on from that version of ${plural}: listing again.`;
    case 'throttled':
      return 'The API server is busy: trying again later.';
    case 'conflict':
    case 'exists':
    case 'invalid':
    case 'unavailable':
      return `The API server cannot serve ${plural} now: trying again.`;
  }
}
