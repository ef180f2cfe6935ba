/** Whose rules they are, and which change of them counts. */
export interface TenantScope {
  readonly device: string;
  readonly tenant: string;
  /** Rules that changed beyond this position are still on their way. */
  readonly upTo: number;
  readonly at: Date;
}
