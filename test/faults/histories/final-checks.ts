import { type Clock } from '#core/clock';
import { type ClusterObject } from '#core/objects';
import { canonicalJson, type JsonObject, plainJson } from '#core/json';
import { Replay } from '#project/adapters/replay/replay';
import { query } from '#project/adapters/sql';
import { type DataSource } from 'typeorm';
import { type PlayedClusters } from './played-clusters.js';
import { type ReferenceModel } from './reference-model.js';
import { clusters, packets } from './scenery.js';
import { shown, type WatchedDevice } from './watched-device.js';

/** Packets that the device treats otherwise than the model. Where no virtual server listens yet, nothing gets out. */
export function differencesOfDevice(watched: WatchedDevice, model: ReferenceModel): string[] {
  const differences = packets.flatMap((packet) => {
    const globally = model.globally(packet, model);
    const inTenant = model.inTenant(packet, model);
    const allowed = globally === 'out' || (globally === 'on' && inTenant === 'out');
    const { reaches, virtualServer } = watched.bigip.evaluate(packet);
    const needed = allowed && (inTenant === 'out' || virtualServer !== null);
    return reaches === needed ? [] : [`${shown(packet)} ${reaches ? 'passes' : 'does not pass'}`];
  });
  if (differences.length === 0) return [];
  return [
    `the device is not what the model says: ${differences.slice(0, 3).join('; ')} (${differences.length} packets)`,
  ];
}

interface EventRow {
  readonly type: string;
  readonly kind: string;
  readonly uid: string;
  readonly cluster: string;
  readonly data: JsonObject;
}

/** The log tells of each change once, and nothing that did not happen: folded, it is what the clusters hold (promise 3). */
export async function differencesOfLog(source: DataSource, played: PlayedClusters): Promise<string[]> {
  const events = await query<EventRow>(
    source,
    `SELECT type, kind, uid, cluster, data FROM event WHERE type IN ('upsert', 'delete') ORDER BY position`,
  );
  const found: string[] = [];
  const folded = new Map<string, string>();
  for (const { type, kind, uid, cluster, data } of events) {
    const key = `${cluster} ${kind} ${uid}`;
    const before = folded.get(key);
    const object = data['object'] as unknown as ClusterObject | undefined;
    const after = type === 'upsert' && object !== undefined ? essence(object) : undefined;
    if (before === after) found.push(`the log tells of a change that is none (promise 3): ${type} ${key}`);
    if (after === undefined) folded.delete(key);
    else folded.set(key, after);
  }
  for (const cluster of clusters) {
    for (const object of played.objects(cluster).values()) {
      const key = `${cluster} ${object.kind} ${object.uid}`;
      if (folded.get(key) !== essence(object)) found.push(`the log lacks a change (promise 3): ${key}`);
      folded.delete(key);
    }
  }
  return [...found, ...[...folded.keys()].map((key) => `the log knows what is gone (promise 3): ${key}`)];
}

function essence({ generation, content }: ClusterObject): string {
  return canonicalJson(plainJson({ generation, content }));
}

/** Promise 4. */
export async function differencesOfReplay(url: string, clock: Clock): Promise<string[]> {
  const replay = await Replay.open(url, { clock });
  try {
    const { tables } = await replay.compare(2);
    return tables
      .filter(({ missing, unexpected, different }) => missing + unexpected + different > 0)
      .map(({ table, examples }) => `a replay gives another ${table} (promise 4): ${JSON.stringify(examples)}`);
  } finally {
    await replay.close();
  }
}

/** Everything is done, so that no rule may still be on its way. */
export async function unfinishedStatuses(source: DataSource): Promise<string[]> {
  const rows = await query<{ name: string; phase: string }>(
    source,
    `SELECT name, status ->> 'phase' AS phase FROM rule_status WHERE status ->> 'phase' IN ('Syncing', 'Quarantined')`,
  );
  return rows.map(({ name, phase }) => `the rule ${name} is ${phase} though all is done`);
}

/** With everything in order, no tenant may be behind. */
export async function unfinishedTenants(source: DataSource): Promise<string[]> {
  const rows = await query<{ tenant: string; message: string | null }>(
    source,
    `SELECT tenant, (SELECT message FROM apply_attempt AS attempt WHERE attempt.tenant = state.tenant
       ORDER BY id DESC LIMIT 1) AS message
     FROM tenant_state AS state WHERE applied < wanted`,
  );
  return rows.map(({ tenant, message }) => `the tenant ${tenant} is behind, though everything works: ${message ?? ''}`);
}
