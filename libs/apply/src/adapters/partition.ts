import { commonTenant } from '#core/configuration';
import { isJsonObject, type JsonValue } from '#core/json';
import { failureOf } from '../domain/classify.js';
import { type PartitionContents } from '../domain/contact.js';
import { type Answer } from './https-client.js';

/** Collections whose objects AS3 takes for its own in a partition; route domains, VLANs and self IPs do not count. */
const collections = [
  'ltm/virtual',
  'ltm/virtual-address',
  'ltm/pool',
  'ltm/node',
  'ltm/rule',
  'ltm/snat-translation',
  'ltm/snatpool',
  'ltm/policy',
  'ltm/data-group/internal',
  'security/firewall/policy',
  'security/firewall/rule-list',
  'security/firewall/address-list',
  'security/firewall/port-list',
  'security/nat/policy',
  'security/log/profile',
  'sys/log-config/publisher',
  'sys/log-config/destination/remote-high-speed-log',
  'sys/log-config/destination/remote-syslog',
] as const;

/**
 * What stands in a partition; of Common only its folder Shared. A collection that the device does not have (its module is
 * not provisioned) holds nothing.
 */
export async function readPartition(
  get: (path: string) => Promise<Answer>,
  tenant: string,
): Promise<PartitionContents> {
  const partition = await get(`/mgmt/tm/auth/partition/${encodeURIComponent(tenant)}`);
  if (partition.status === 404) return { exists: false, objects: [] };
  if (partition.status !== 200) throw failureOf(partition.status, partition.body);
  const objects: string[] = [];
  for (const collection of collections) {
    const filter = `$filter=${encodeURIComponent(`partition eq ${tenant}`)}&$select=name,partition,subPath,fullPath`;
    const answer = await get(`/mgmt/tm/${collection}?${filter}`);
    if (answer.status === 404) continue;
    if (answer.status !== 200) throw failureOf(answer.status, answer.body);
    objects.push(...fullPaths(answer.body).filter((path) => belongs(path, tenant)));
  }
  return { exists: true, objects };
}

function fullPaths(body: JsonValue): string[] {
  const items = isJsonObject(body) && Array.isArray(body['items']) ? (body['items'] as readonly JsonValue[]) : [];
  return items.flatMap((item) =>
    isJsonObject(item) && typeof item['fullPath'] === 'string' ? [item['fullPath']] : [],
  );
}

/** A device that ignores the filter must not make a full partition look empty, nor Common's own objects look like ours. */
function belongs(path: string, tenant: string): boolean {
  return path.startsWith(tenant === commonTenant ? '/Common/Shared/' : `/${tenant}/`);
}
