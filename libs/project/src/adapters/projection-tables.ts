/** A table that the event log gives again. */
export interface ProjectionTable {
  readonly name: string;
  /** Columns that tell its rows apart. */
  readonly key: readonly string[];
  /** Columns that are not from the log and stay what they are, whatever is replayed. */
  readonly kept?: readonly string[];
  /** A column that only numbers the rows. */
  readonly numbered?: string;
}

/** Every table that a replay makes anew. */
export const projectionTables: readonly ProjectionTable[] = [
  { name: 'cluster', key: ['name'], kept: ['replayed_at'] },
  { name: 'cluster_object', key: ['cluster', 'kind', 'uid'] },
  { name: 'rule', key: ['cluster', 'uid'] },
  {
    name: 'egress_grant',
    key: ['cluster', 'rule_uid', 'from_position', 'prefix', 'route_domain'],
    numbered: 'id',
  },
  {
    name: 'grant_hold',
    key: ['device', 'tenant', 'cluster', 'rule_uid', 'prefix', 'route_domain', 'from_version', 'from_earliest'],
  },
  { name: 'audit_entry', key: ['position'] },
  { name: 'tenant_state', key: ['device', 'tenant'] },
  { name: 'tenant_drift', key: ['device', 'tenant'] },
  { name: 'tenant_pin', key: ['device', 'tenant'] },
  { name: 'pinned_rule', key: ['cluster', 'tenant', 'uid'] },
  {
    name: 'pinned_grant',
    key: ['cluster', 'tenant', 'rule_uid', 'from_position', 'prefix', 'route_domain'],
  },
  { name: 'takeover', key: ['device', 'tenant'] },
  { name: 'tenant_removal', key: ['device', 'tenant'] },
  { name: 'quarantine', key: ['device', 'tenant', 'cluster', 'rule_uid'] },
  // What Kubernetes was told is known from Kubernetes alone.
  { name: 'rule_status', key: ['cluster', 'uid'], kept: ['written', 'written_digest'] },
];

/** Every table that is no projection: a replay reads some of them, and touches none. */
export const recordTables: readonly string[] = [
  'event',
  // What was, or is about to be, sent to a device, and who may: written before anything of it can be an event.
  'apply_attempt',
  'declaration',
  'declared_rule',
  'device_lease',
  // How far the stream is read.
  'checkpoint',
  'snapshot_chunk',
];
