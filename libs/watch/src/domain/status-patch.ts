import { type JsonObject } from '#core/json';
import { type Condition, type RuleStatus } from '#core/status';

/**
 * The JSON patch (RFC 6902) that sets a status through an object's status subresource, and does nothing where another
 * object bears the name by now. (A uid in a merge patch would not help: for custom resources the API server takes
 * everything but the status from the stored object, k8s.io/apiextensions-apiserver statusStrategy.) It names no
 * resource version: CES alone writes this status, and somebody who writes the spec meanwhile does no harm.
 */
export function statusPatch(uid: string, status: RuleStatus): readonly JsonObject[] {
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'add', path: '/status', value: statusJson(status) },
  ];
}

function statusJson({ phase, conditions, observedGeneration, addresses, version }: RuleStatus): JsonObject {
  return {
    phase,
    conditions: conditions.map(conditionJson),
    observedGeneration,
    ...(addresses === undefined ? {} : { addresses }),
    version,
  };
}

function conditionJson(condition: Condition): JsonObject {
  return {
    type: condition.type,
    status: condition.status,
    reason: condition.reason,
    message: condition.message,
    observedGeneration: condition.observedGeneration,
    lastTransitionTime: condition.lastTransitionTime,
  };
}

/** Whether two statuses say the same. */
export function sameStatus(left: RuleStatus, right: RuleStatus): boolean {
  return JSON.stringify(statusJson(left)) === JSON.stringify(statusJson(right));
}
