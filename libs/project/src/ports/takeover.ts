/**
 * What the worker found where it meets a tenant for the first time, and what its first declaration there would mean.
 * Only the worker talks to the device: the API and the command line show what it recorded.
 */
export interface TakeoverFinding {
  /**
   * SHA-256 (hex) of why it waits, of what stands in the way, and of the effect: an approval is of exactly this. Object
   * differences do not count, so that what changes for no packet needs no new approval.
   */
  readonly digest: string;
  readonly reason: 'PartitionNotEmpty' | 'FilledByAnotherController' | 'Observing';
  /** Full paths of what stands in a partition that AS3 does not know: AS3 would delete it. */
  readonly objects: readonly string[];
  /** What differs object by object between what AS3 stored and what would be declared, in lines as people read them. */
  readonly differences: readonly string[];
  /** Which packets would be judged differently; none means that no packet is. */
  readonly effect: readonly EffectLine[];
  /** How many there are of each: of many, not all are listed. */
  readonly counts: { readonly objects: number; readonly differences: number; readonly effect: number };
  /** How many declarations it takes; no step opens anything that is not open before or after. */
  readonly steps: number;
}

export interface EffectLine {
  /** opened: refused before, let through after · closed: the reverse · other: refused in another way · unsure: it cannot be told. */
  readonly change: 'opened' | 'closed' | 'other' | 'unsure';
  readonly packets: string;
}

/** What is known of a tenant's take-over; both null where it never waited for one. */
export interface TakeoverStanding {
  /** Digest of the latest finding. */
  readonly found: string | null;
  /** Digest of the finding that was approved last. */
  readonly approved: string | null;
}
