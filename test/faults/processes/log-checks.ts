import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';
import { canonicalJson, type JsonObject } from '#core/json';
import { query } from '#project/adapters/sql';
import { type DataSource } from 'typeorm';

const kinds = ['Namespace', 'Pod', 'ExternalService', 'PodEgressRule', 'NamespaceEgressRule'] as const;

/** The log tells of each change once (promise 3): no two that say the same of an object, none after its end, and all that is there. */
export async function differencesOfLog(source: DataSource, cluster: KubeSimulator): Promise<string[]> {
  const events = await query<{ type: string; kind: string; uid: string; version: string; data: JsonObject }>(
    source,
    `SELECT type, kind, uid, resource_version AS version, data FROM event
     WHERE type IN ('upsert', 'delete') ORDER BY position`,
  );
  const found: string[] = [];
  const folded = new Map<string, { readonly version: number; readonly content: string }>();
  const ended = new Set<string>();
  for (const { type, kind, uid, version, data } of events) {
    const key = `${kind} ${uid}`;
    const before = folded.get(key);
    if (ended.has(key)) found.push(`the log goes on after the end of ${key}`);
    if (before !== undefined && Number(version) < before.version) found.push(`versions run backwards: ${key}`);
    if (type === 'delete') {
      if (!folded.delete(key)) found.push(`the log tells of an end without a beginning: ${key}`);
      ended.add(key);
      continue;
    }
    const { content, generation } = data['object'] as JsonObject;
    const after = canonicalJson([content ?? null, generation ?? null]);
    if (before?.content === after) found.push(`the log tells of a change that is none: ${key}`);
    folded.set(key, { version: Number(version), content: after });
  }
  for (const kind of kinds)
    for (const { metadata } of cluster.list(kind))
      if (!folded.delete(`${kind} ${metadata.uid}`)) found.push(`the log lacks ${kind} ${metadata.name}`);
  return [...found, ...[...folded.keys()].map((key) => `the log knows what is gone: ${key}`)];
}
