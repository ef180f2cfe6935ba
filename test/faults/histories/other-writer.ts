import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { isJsonObject } from '#core/json';

/**
 * Somebody else adds an object of their own to one of our tenants through AS3, as anyone may: reads what is stored, and
 * declares it again with one item more. Gives the path of the object, null when AS3 did not take it now.
 */
export async function declareByOthers(bigip: BigipSimulator, tenant: string): Promise<string | null> {
  const client = clientOf(bigip);
  try {
    const path = `/mgmt/shared/appsvcs/declare/${tenant}`;
    const stored = await client.get(path);
    const declaration = stored.status === 200 && isJsonObject(stored.body) ? stored.body : null;
    const body = declaration?.[tenant];
    if (declaration === null || !isJsonObject(body)) return null;
    const shared = isJsonObject(body['Shared']) ? body['Shared'] : { class: 'Application', template: 'shared' };
    const next = { ...body, Shared: { ...shared, others_pool: { class: 'Pool', members: [] } } };
    const answer = await client.post(path, { ...declaration, [tenant]: next });
    return answer.status === 200 ? `/${tenant}/Shared/others_pool` : null;
  } catch {
    return null;
  }
}
