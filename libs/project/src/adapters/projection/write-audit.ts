import { isRuleKind, type ObjectKind } from '#core/kinds';
import { type AppliedEvent } from '../../domain/cluster-model.js';
import { query } from '../sql.js';
import { type Batch } from './batch.js';

/** Kinds whose objects people write to change what is allowed. Pods and endpoints are in the history of the grants. */
function isAudited(kind: ObjectKind): boolean {
  return isRuleKind(kind) || kind === 'ExternalService' || kind === 'Namespace';
}

/** Writes an entry for each event that changes the policy, with what was there before. @param first position of the batch. */
export async function writeAudit(batch: Batch, events: readonly AppliedEvent[], first: number): Promise<void> {
  const entries = events.flatMap((applied, index) => {
    const entry = entryOf(applied, batch.cluster);
    return entry === null ? [] : [{ position: first + index, ...entry }];
  });
  if (entries.length === 0) return;
  await query(
    batch.transaction,
    `INSERT INTO audit_entry (position, device, cluster, kind, uid, namespace, name, action, before, after, manager,
       observed_at, recorded_at)
     SELECT position, $2, $3, kind, uid, namespace, name, action, before, after, manager, $4, $5
     FROM jsonb_to_recordset($1::jsonb) AS row (position bigint, kind text, uid text, namespace text, name text,
       action text, before jsonb, after jsonb, manager text)`,
    [JSON.stringify(entries), batch.device, batch.cluster, batch.observedAt, batch.recordedAt],
  );
}

function entryOf(applied: AppliedEvent, cluster: string): object | null {
  if (!('before' in applied)) return null;
  const { event, before } = applied;
  switch (event.type) {
    case 'configuration-changed':
      return {
        kind: 'Configuration',
        uid: null,
        namespace: '',
        name: cluster,
        action: before === null ? 'created' : 'changed',
        before,
        after: event,
        manager: null,
      };
    case 'upsert': {
      const { kind, uid, namespace, name, content, manager } = event.object;
      if (!isAudited(kind)) return null;
      const action = before === null ? 'created' : 'changed';
      return { kind, uid, namespace, name, action, before: contentOf(before), after: content, manager };
    }
    case 'delete': {
      const { kind, uid, namespace, name } = event;
      if (!isAudited(kind)) return null;
      return { kind, uid, namespace, name, action: 'deleted', before: contentOf(before), after: null, manager: null };
    }
  }
}

function contentOf(before: object | null): unknown {
  return before !== null && 'content' in before ? before.content : null;
}
