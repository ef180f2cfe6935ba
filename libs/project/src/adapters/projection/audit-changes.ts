import { isRuleKind, type ObjectKind } from '#core/kinds';
import { type AppliedEvent } from '../../domain/cluster-model.js';
import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

/** Kinds whose objects people write to change what is allowed. Pods and endpoints are in the history of the grants. */
function isAudited(kind: ObjectKind): boolean {
  return isRuleKind(kind) || kind === 'ExternalService' || kind === 'Namespace';
}

/** An entry for each event that changes the policy, with what was there before. */
export class AuditChanges implements TableChanges {
  private readonly entries: object[] = [];

  take({ events, position, observedAt, recordedAt }: SettledBatch): void {
    const first = position - events.length + 1;
    events.forEach((applied, index) => {
      const entry = entryOf(applied);
      if (entry === null) return;
      this.entries.push({ position: first + index, ...entry, observed_at: observedAt, recorded_at: recordedAt });
    });
  }

  async write({ transaction, cluster, device }: Target): Promise<void> {
    if (this.entries.length === 0) return;
    await query(
      transaction,
      `INSERT INTO audit_entry (position, device, cluster, kind, uid, namespace, name, action, before, after, manager,
         observed_at, recorded_at)
       SELECT position, $2, $3, kind, uid, namespace, coalesce(name, $3), action, before, after, manager, observed_at,
         recorded_at
       FROM jsonb_to_recordset($1::jsonb) AS row (position bigint, kind text, uid text, namespace text, name text,
         action text, before jsonb, after jsonb, manager text, observed_at timestamptz, recorded_at timestamptz)`,
      [JSON.stringify(this.entries), device, cluster],
    );
  }
}

/** Without a name: the cluster's. */
function entryOf(applied: AppliedEvent): object | null {
  if (!('before' in applied)) return null;
  const { event, before } = applied;
  switch (event.type) {
    case 'configuration-changed':
      return {
        kind: 'Configuration',
        uid: null,
        namespace: '',
        name: null,
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
