import { badRequest } from '../api-error.js';
import { text, type Draft } from '../objects/kube-object.js';

const layout = '2006-01-02T15:04:05.000000Z07:00';
const sixDigits = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/**
 * metav1.MicroTime is read with exactly six digits of a second: what Date.toISOString writes is refused.
 * @throws ApiError 400 when a field at one of the paths is not written so.
 */
export function requireMicroTimes(draft: Draft, paths: readonly (readonly string[])[]): void {
  for (const path of paths) {
    const time = text(draft, ...path);
    if (time === '' || sixDigits.test(time)) continue;
    throw badRequest(
      `${draft.kind} in version "${draft.apiVersion}" cannot be handled as a ${draft.kind}: ` +
        `parsing time "${time}" as "${layout}": cannot parse`,
    );
  }
}
