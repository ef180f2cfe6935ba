import { randomUUID } from 'node:crypto';
import { streamVersion } from '#core/change';
import { type Clock } from '#core/clock';
import { type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { type ResourceVersion } from '#core/resource-version';
import { KnownObjects } from '../domain/known.js';
import { defaultChunkLimits, prunePage, readListPage } from '../domain/list-page.js';
import { collectionPath, resources } from '../domain/resources.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { type Outbox } from './outbox.js';

export interface SnapshotOptions {
  readonly cluster: string;
  readonly kind: ObjectKind;
  readonly client: KubernetesClient;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Objects in a page. */
  readonly pageSize: number;
  readonly onMisunderstood: (reason: string) => void;
  readonly onObject?: (kind: ObjectKind, raw: JsonValue) => void;
}

export interface Snapshot {
  readonly resourceVersion: ResourceVersion;
  readonly known: KnownObjects;
}

/**
 * Lists all objects of a kind and sends them as a snapshot: a page is read, sent in chunks and forgotten before the next
 * one is read. The list asks for no version, so it is read from the quorum and its version is the newest there is.
 * @throws KubernetesError with the meaning `expired` when it took so long that the API server dropped the continuation;
 * the chunks sent so far then never become a snapshot.
 */
export async function sendSnapshot(options: SnapshotOptions, signal: AbortSignal): Promise<Snapshot> {
  const { cluster, kind, client, outbox, clock, pageSize, onMisunderstood } = options;
  const snapshotId = randomUUID();
  const known = new KnownObjects();
  let index = 0;
  let continuation: string | null = null;
  for (;;) {
    const query = { limit: String(pageSize), ...(continuation === null ? {} : { continue: continuation }) };
    const observedAt = clock.now().toISOString();
    const page = readListPage(kind, await client.get({ path: collectionPath(kind), query }, signal));
    const { resourceVersion } = page;
    const { chunks, misunderstood } = prunePage(kind, page.items, known, defaultChunkLimits, resources[kind].custom);
    misunderstood.forEach(onMisunderstood);
    for (const item of page.items) options.onObject?.(kind, item);
    for (const [chunk, objects] of chunks.entries()) {
      await outbox.send({
        form: 'snapshot',
        version: streamVersion,
        cluster,
        observedAt,
        snapshotId,
        kind,
        index,
        last: page.continuation === null && chunk === chunks.length - 1,
        resourceVersion,
        authoritative: true,
        objects,
      });
      index += 1;
    }
    if (page.continuation === null) return { resourceVersion, known };
    continuation = page.continuation;
  }
}
