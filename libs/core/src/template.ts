import { isJsonObject, type JsonObject, type JsonValue } from './json.js';

/**
 * A template of ces-conf.yaml, filled in as CES 0.5 does: `{{tenant}}` becomes the tenant and `k8s`, wherever it stands,
 * the master cluster.
 * @throws SyntaxError when the text is no JSON object then.
 */
export function renderTemplate(template: string, tenant: string, masterCluster: string): JsonObject {
  const text = template.replaceAll('{{tenant}}', tenant).replaceAll('k8s', masterCluster);
  const parsed = JSON.parse(text) as JsonValue;
  if (!isJsonObject(parsed)) throw new SyntaxError('the template is not a JSON object');
  return parsed;
}
