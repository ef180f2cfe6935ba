import { type RuleState } from '../../domain/rule-state.js';
import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

/** The accepted forms of rules. */
export class RuleChanges implements TableChanges {
  private readonly kept = new Map<string, { readonly state: RuleState; readonly changed: number }>();
  private readonly deleted = new Set<string>();

  take({ effects, position }: SettledBatch): void {
    for (const { before, after, declarationChanged } of effects.rules) {
      if (after !== null) {
        const { uid } = after.object;
        const changed = before === null || declarationChanged ? position : (this.kept.get(uid)?.changed ?? 0);
        this.kept.set(uid, { state: after, changed });
        this.deleted.delete(uid);
      } else if (before !== null) {
        this.kept.delete(before.object.uid);
        this.deleted.add(before.object.uid);
      }
    }
  }

  async write({ transaction, cluster, device }: Target): Promise<void> {
    if (this.kept.size > 0) {
      const rows = [...this.kept.values()].map(({ state, changed }) => rowOf(state, changed));
      await query(
        transaction,
        `INSERT INTO rule (cluster, uid, device, kind, namespace, name, tenant, accepted, memory, understood,
           form_problems, source_problems, changed_position)
         SELECT $2, uid, $3, kind, namespace, name, tenant, accepted, memory, understood, form_problems, source_problems,
           changed_position
         FROM jsonb_to_recordset($1::jsonb) AS row (uid text, kind text, namespace text, name text, tenant text,
           accepted jsonb, memory jsonb, understood boolean, form_problems jsonb, source_problems jsonb,
           changed_position bigint)
         ON CONFLICT (cluster, uid) DO UPDATE SET
           device = excluded.device, kind = excluded.kind, namespace = excluded.namespace, name = excluded.name,
           tenant = excluded.tenant, accepted = excluded.accepted, memory = excluded.memory,
           understood = excluded.understood, form_problems = excluded.form_problems,
           source_problems = excluded.source_problems,
           changed_position = greatest(rule.changed_position, excluded.changed_position)`,
        [JSON.stringify(rows), cluster, device],
      );
    }
    if (this.deleted.size > 0) {
      await query(transaction, 'DELETE FROM rule WHERE cluster = $1 AND uid = ANY ($2)', [cluster, [...this.deleted]]);
    }
  }
}

function rowOf(state: RuleState, changedPosition: number): object {
  const { object, accepted, memory, understood, formProblems, sourceProblems } = state;
  return {
    uid: object.uid,
    kind: object.kind,
    namespace: object.namespace,
    name: object.name,
    tenant: accepted?.tenant ?? null,
    // SQL's null, and not JSON's: jsonb_to_recordset makes it of both.
    accepted,
    memory,
    understood,
    form_problems: formProblems,
    source_problems: sourceProblems,
    changed_position: changedPosition,
  };
}
