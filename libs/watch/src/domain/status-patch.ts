import { type JsonObject } from '#core/json';
import { type Condition, type RuleStatus } from '#core/status';

/**
 * The merge patch (RFC 7386) that writes a status on an object's status subresource. It carries the uid, so that the
 * API server refuses it where another object bears the name by now, and no resource version: CES alone writes this
 * status, and somebody who writes the spec meanwhile does no harm.
 */
export function statusPatch(uid: string, status: RuleStatus): JsonObject {
  return {
    metadata: { uid },
    status: {
      phase: status.phase,
      conditions: status.conditions.map(conditionJson),
      observedGeneration: status.observedGeneration,
      // In a merge patch null takes the member away.
      addresses: status.addresses ?? null,
      version: status.version,
    },
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
  return JSON.stringify(statusPatch('', left)) === JSON.stringify(statusPatch('', right));
}
