/**
 * What old declarations still take up. A version that another one replaced longer ago than the configuration's
 * `keepDeclarations` is thinned: the AS3 body goes, and its rules are kept once for all versions that have them. What
 * happened (who, when, which version, its digest and its outcome) stays, and so does what a replay or a rollback needs.
 */
export interface DeclarationRetention {
  /** How far back the versions of each tenant of a device may be thinned now. */
  limits(device: string): Promise<readonly RetentionLimit[]>;
  /** Thins the next few versions of a tenant, and gives how many; fewer than `most` when that is all. */
  thin(device: string, limit: RetentionLimit, most: number): Promise<number>;
}

export interface RetentionLimit {
  readonly tenant: string;
  /** Earlier versions than this one were replaced long enough ago. */
  readonly before: number;
}
