/** What the event log tells of: see `domain/events.ts` for clusters, `adapters/device-events.ts` for devices. */
export const eventTypes = [
  ...(['upsert', 'delete', 'kind-synced', 'incarnation-began', 'configuration-changed'] as const),
  ...(['rules-pinned', 'tenant-forgotten'] as const),
  ...(['declaration-applied', 'declaration-refused', 'tenant-unchanged', 'tenant-reported'] as const),
  ...(['drift-found', 'drift-ended', 'takeover-found', 'takeover-approved'] as const),
  ...(['resync-requested', 'retry-requested', 'tenant-pinned', 'tenant-released'] as const),
  ...(['removal-requested', 'removal-examined'] as const),
] as const;
export type EventType = (typeof eventTypes)[number];
