import {
  type Change,
  type ChangeBatch,
  type ConfigurationMessage,
  type SnapshotChunk,
  type Span,
  streamVersion,
} from '#core/change';
import { type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { configurationText } from './objects.js';

/** Messages of the cluster `k8s`, as its watcher sends them. */
const header = { version: streamVersion, cluster: 'k8s', observedAt: '2026-03-01T12:00:00.000Z' } as const;

export function batch(
  spans: readonly (readonly [kind: ObjectKind, from: number, to: number])[],
  changes: readonly Change[] = [],
  overrides: Partial<ChangeBatch> = {},
): ChangeBatch {
  const named = spans.map(([kind, from, to]): Span => ({ kind, from: String(from), to: String(to) }));
  return { ...header, form: 'changes', spans: named, changes, ...overrides };
}

export function chunk(
  kind: ObjectKind,
  resourceVersion: number,
  objects: readonly ClusterObject[] = [],
  overrides: Partial<SnapshotChunk> = {},
): SnapshotChunk {
  return {
    ...header,
    form: 'snapshot',
    snapshotId: `${kind}-${resourceVersion}`,
    kind,
    index: 0,
    last: true,
    resourceVersion: String(resourceVersion),
    authoritative: true,
    objects,
    ...overrides,
  };
}

export function configurationMessage(
  text = configurationText(),
  overrides: Partial<ConfigurationMessage> = {},
): ConfigurationMessage {
  return { ...header, form: 'configuration', text, ...overrides };
}
