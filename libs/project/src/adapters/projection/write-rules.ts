import { type RuleChange } from '../../domain/rule-change.js';
import { type RuleState } from '../../domain/rule-state.js';
import { query } from '../sql.js';
import { type Batch } from './batch.js';

/** Brings the accepted forms of rules up to a batch. */
export async function writeRules(batch: Batch, changes: readonly RuleChange[]): Promise<void> {
  const kept = changes.flatMap(({ before, after, declarationChanged }) =>
    after === null ? [] : [rowOf(after, before === null || declarationChanged ? batch.position : 0)],
  );
  const deleted = changes.flatMap(({ before, after }) =>
    after === null && before !== null ? [before.object.uid] : [],
  );
  if (kept.length > 0) {
    await query(
      batch.transaction,
      `INSERT INTO rule (cluster, uid, device, kind, namespace, name, tenant, accepted, memory, understood,
         form_problems, source_problems, changed_position)
       SELECT $2, uid, $3, kind, namespace, name, tenant, accepted, memory, understood, form_problems, source_problems,
         changed_position
       FROM jsonb_to_recordset($1::jsonb) AS row (uid text, kind text, namespace text, name text, tenant text,
         accepted jsonb, memory jsonb, understood boolean, form_problems jsonb, source_problems jsonb,
         changed_position bigint)
       ON CONFLICT (cluster, uid) DO UPDATE SET
         device = excluded.device, tenant = excluded.tenant, accepted = excluded.accepted, memory = excluded.memory,
         understood = excluded.understood, form_problems = excluded.form_problems,
         source_problems = excluded.source_problems,
         changed_position = greatest(rule.changed_position, excluded.changed_position)`,
      [JSON.stringify(kept), batch.cluster, batch.device],
    );
  }
  if (deleted.length > 0) {
    await query(batch.transaction, 'DELETE FROM rule WHERE cluster = $1 AND uid = ANY ($2)', [batch.cluster, deleted]);
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
