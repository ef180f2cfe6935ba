import { type Change } from '#core/change';
import { type ObjectKind } from '#core/kinds';
import { type PinnedForm } from './pinned-forms.js';

/** A fact about a cluster that was accepted into the log. Folding them in order gives the cluster's model. */
export type ClusterEvent =
  Change | KindSynced | IncarnationBegan | ConfigurationChanged | RulesPinned | TenantForgotten;

/** The first snapshot of a kind is in. Rules are resolved once that holds for every kind. */
export interface KindSynced {
  readonly type: 'kind-synced';
  readonly kind: ObjectKind;
}

/** Versions of a kind ran backwards: the cluster's store was restored (promise 3). */
export interface IncarnationBegan {
  readonly type: 'incarnation-began';
  readonly kind: ObjectKind;
  /** Counted from 0, so this is at least 1. */
  readonly incarnation: number;
}

export interface ConfigurationChanged {
  readonly type: 'configuration-changed';
  /** Of ces-conf.yaml; it was understood. */
  readonly text: string;
  /** The controller's own namespace (CES_NAMESPACE), where cluster rules find their external services. */
  readonly controllerNamespace: string;
  /** See `judgement`. */
  readonly judgement: number;
}

/** A tenant's rules of this cluster are held in these forms of an earlier version. None of them: it is released. */
export interface RulesPinned {
  readonly type: 'rules-pinned';
  readonly tenant: string;
  readonly rules: readonly PinnedForm[];
}

/** A tenant that the configuration named once was removed from the device: nothing is to be done about it any more. */
export interface TenantForgotten {
  readonly type: 'tenant-forgotten';
  readonly tenant: string;
}

/**
 * The scheme by which rules are judged. Raise it with every change of core or of this lib by which the same objects are
 * accepted, or resolved to addresses, in another way: the projector then records the configuration again, and every rule
 * is judged anew, once, at a position of the log.
 */
export const judgement = 2;
