import { isJsonObject, type JsonObject, type JsonValue } from './json.js';

/**
 * A template of ces-conf.yaml, filled in as CES 0.5 does: `k8s`, wherever it stands, becomes the master cluster, and then
 * `{{tenant}}` the tenant (whose name may hold `k8s` itself).
 * @throws SyntaxError when the text is no JSON object then.
 */
export function renderTemplate(template: string, tenant: string, masterCluster: string): JsonObject {
  const text = template.replaceAll('k8s', () => masterCluster).replaceAll('{{tenant}}', () => tenant);
  const parsed = JSON.parse(text) as JsonValue;
  if (!isJsonObject(parsed)) throw new SyntaxError('the template is not a JSON object');
  return parsed;
}
