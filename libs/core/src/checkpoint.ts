import { type ObjectKind } from './kinds.js';
import { type ResourceVersion } from './resource-version.js';

/** Where the projection stands for one kind of one cluster. It moves in the projector's transaction only. */
export interface Checkpoint {
  readonly kind: ObjectKind;
  readonly resourceVersion: ResourceVersion;
  /** Set when a gap was seen (a batch that did not begin here): the watcher lists again at once. */
  readonly gap: boolean;
}

/** What a watcher finds when it begins to lead. */
export interface ClusterCheckpoints {
  readonly checkpoints: readonly Checkpoint[];
  /** SHA-256 (hex) of the configuration text projected last, null before the first. */
  readonly configurationDigest: string | null;
}
