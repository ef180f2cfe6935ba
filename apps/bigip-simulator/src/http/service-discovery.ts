import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Answer } from '../answer.js';
import { stringAt } from '../as3/declaration.js';
import { placeholderAddress } from '../as3/translate-firewall.js';
import { type Device } from '../device/device.js';
import { type AddressList } from '../device/objects.js';
import { changed, found, type IControlRequest, refused } from './icontrol-answers.js';

/** `/mgmt/shared/service-discovery/task…`: the addresses of event-driven address lists. */
export function serviceDiscovery(request: IControlRequest, device: Device): Answer {
  const [, id, nodes] = /^\/mgmt\/shared\/service-discovery\/task(?:\/([^/]+))?(\/nodes)?$/.exec(request.path) ?? [];
  const lists = [...device.state.objects.values()].filter(
    (object): object is AddressList => object.kind === 'address-list' && object.discovered,
  );
  if (id === undefined) return found({ code: 200, items: lists.map(viewTask) });
  const list = lists.find((candidate) => taskId(candidate) === decodeURIComponent(id));
  if (!list) return refused(404, `Task ${id} does not exist`);
  if (request.method === 'GET') return found(nodes === undefined ? viewTask(list) : { items: nodesOf(list) });
  if (request.method !== 'POST' || nodes === undefined) return refused(405, 'Method not allowed');
  const addresses = Array.isArray(request.body)
    ? request.body.map((node: JsonValue) => (isJsonObject(node) ? stringAt(node, 'ip') : null))
    : [null];
  const known = addresses.filter((address) => address !== null);
  if (known.length < addresses.length) return refused(400, 'nodes must be a list of {"id", "ip"}');
  return changed(device, 'service-discovery', `set nodes of ${list.path}`, (draft) => {
    draft.put({ ...list, addresses: known.length === 0 ? [placeholderAddress] : known });
  });
}

function taskId({ path }: AddressList): string {
  return path.replaceAll('/', '~');
}

function viewTask(list: AddressList): JsonObject {
  return { id: taskId(list), provider: 'event', resources: [{ type: 'addressList', path: list.path }] };
}

function nodesOf({ addresses }: AddressList): JsonObject[] {
  return addresses.filter((ip) => ip !== placeholderAddress).map((ip) => ({ id: ip, ip }));
}
