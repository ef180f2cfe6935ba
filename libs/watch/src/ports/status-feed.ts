import { type JsonValue } from '#core/json';
import { type ObjectReference } from '#core/objects';
import { type RuleStatus } from '#core/status';

/** A rule whose status in Kubernetes is not the one that it should have. */
export interface PendingStatus {
  readonly reference: ObjectReference;
  /** Names this state of the status; given back when it was written. */
  readonly digest: string;
  readonly status: RuleStatus;
  /** The status as written last, null before the first time. */
  readonly previous: RuleStatus | null;
}

export interface WrittenStatus {
  readonly uid: string;
  readonly digest: string;
}

/** What Kubernetes shows of a rule. */
export interface ShownStatus {
  readonly uid: string;
  /** `.status` as the API server sends it; null when there is none. */
  readonly status: JsonValue;
}

/** The statuses that wait to be written to Kubernetes. */
export interface StatusFeed {
  /** Up to `limit` of them, the oldest first. One that is pending stays so until `written` was told its digest. */
  pending(cluster: string, limit: number): Promise<readonly PendingStatus[]>;
  /** These stand in Kubernetes now, or their objects are gone. A digest that is no longer the wanted one is ignored. */
  written(cluster: string, entries: readonly WrittenStatus[]): Promise<void>;
  /**
   * Kubernetes shows these: a rule whose status is another than the one written last is pending again. One that is pending
   * anyway does not count: what is seen may be a write that the feed was not told of yet. Tells how many were different.
   */
  shown(cluster: string, entries: readonly ShownStatus[]): Promise<number>;
}
