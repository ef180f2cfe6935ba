import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Answer } from '../answer.js';
import { listAt, stringAt } from '../as3/declaration.js';
import { type Device } from '../device/device.js';
import { componentOf, type DeviceObject, objectKey } from '../device/objects.js';
import { type DeviceState } from '../device/state.js';
import { changed, found, type IControlRequest, notFound, refused } from './icontrol-answers.js';
import {
  collection,
  foldersOf,
  kindOf,
  viewFolder,
  viewGlobalRules,
  viewObject,
  viewPartition,
  viewRouteDomain,
  viewRule,
} from './icontrol-view.js';

export interface IControlContext {
  readonly device: Device;
  readonly provisioned: ReadonlySet<string>;
  /** Full path of the resolver that looks up the domain names in address lists, null when none is set. */
  readonly fqdnResolver: string | null;
  readonly failover: () => FailoverState;
  readonly save: () => void;
  /** False when there is no such device group. */
  readonly sync: (deviceGroup: string) => boolean;
}

export type FailoverState = 'ACTIVE' | 'STANDBY';

/** The part of iControl REST that egress control uses. Changes last over a reboot only when they are saved. */
export function icontrol(request: IControlRequest, context: IControlContext): Answer {
  const path = request.path.replace(/^\/mgmt\/tm\//, '').replace(/\/$/, '');
  switch (`${request.method} ${path}`) {
    case 'GET security/firewall/global-rules':
      return found(viewGlobalRules(context.device.state.globalRules));
    case 'PATCH security/firewall/global-rules':
      return patchGlobalRules(request, context.device);
    case 'GET security/firewall/global-fqdn-policy':
      return found(viewFqdnPolicy(context.fqdnResolver));
    case 'GET cm/failover-status':
      return found(failoverStatus(context.failover()));
    case 'GET sys/provision':
      return found(provisioning(context.provisioned));
    case 'POST sys/config':
      return saveConfiguration(request, context);
    case 'POST cm':
      return synchronise(request, context);
  }
  if (request.method === 'GET') return read(path, request.query, context.device.state);
  const [, routeDomain] = /^net\/route-domain\/(~.+)$/.exec(path) ?? [];
  if (request.method === 'PATCH' && routeDomain !== undefined) {
    return patchRouteDomain(fromTilde(routeDomain), request, context.device);
  }
  return refused(404, `Public URI path not registered: ${request.path}`);
}

function read(path: string, query: IControlRequest['query'], state: DeviceState): Answer {
  const expanded = query['expandSubcollections'] === 'true';
  const [, collectionWords = path, tilde, rules] = /^(.+?)\/(~[^/]*|[^/]*)(\/rules)?$/.exec(path) ?? [];
  if (tilde?.startsWith('~') === true) {
    const component = collectionWords.replaceAll('/', ' ');
    return readOne(component, fromTilde(tilde), rules !== undefined, expanded, state);
  }
  const partition = /^auth\/partition\/([^/]+)$/.exec(path)?.[1];
  if (partition !== undefined) {
    const known = state.partitions.get(partition);
    return known ? found(viewPartition(known)) : notFound('folder', `/${partition}`);
  }
  const component = path.replaceAll('/', ' ');
  const items = itemsOf(component, expanded, state);
  if (items === null) return refused(404, `Public URI path not registered: /mgmt/tm/${path}`);
  return found(collection(component, items.filter(filterBy(query)).map(selectBy(query))));
}

function readOne(component: string, path: string, rules: boolean, expanded: boolean, state: DeviceState): Answer {
  if (component === 'net route-domain') {
    const routeDomain = state.routeDomains.get(path);
    return routeDomain ? found(viewRouteDomain(routeDomain)) : notFound('route domain', path);
  }
  if (component === 'sys folder') {
    return foldersOf(state).includes(path) ? found(viewFolder(path)) : notFound('folder', path);
  }
  const object = state.objects.get(objectKey(component, path));
  if (!object) return notFound(component, path);
  return found(rules ? viewRules(object) : viewObject(object, expanded));
}

function viewRules(object: DeviceObject): JsonObject {
  const rules = object.kind === 'policy' || object.kind === 'rule-list' ? object.rules : [];
  const component = componentOf(object);
  const kind = kindOf(`${component} rules`, 'collectionstate');
  return { kind, items: rules.map((rule) => viewRule(component, rule)) };
}

/** Null where there is no such collection. */
function itemsOf(component: string, expanded: boolean, state: DeviceState): JsonObject[] | null {
  switch (component) {
    case 'auth partition':
      return [...state.partitions.values()].map(viewPartition);
    case 'sys folder':
      return foldersOf(state).map(viewFolder);
    case 'net route-domain':
      return [...state.routeDomains.values()].map(viewRouteDomain);
  }
  const items = [...state.objects.values()]
    .filter((object) => componentOf(object) === component)
    .map((object) => viewObject(object, expanded));
  return items.length > 0 || /^(ltm|net|security|sys|auth) /.test(component) ? items : null;
}

/** `$filter=partition eq NAME` */
function filterBy(query: IControlRequest['query']): (item: JsonObject) => boolean {
  const [, property, value] = /^(\w+)[ +]eq[ +]'?([^']+)'?$/.exec(query['$filter'] ?? '') ?? [];
  return (item) => property === undefined || item[property] === value;
}

/** `$select=name,fullPath` */
function selectBy(query: IControlRequest['query']): (item: JsonObject) => JsonObject {
  const selected = query['$select']?.split(',');
  return (item) =>
    selected ? Object.fromEntries(Object.entries(item).filter(([name]) => selected.includes(name))) : item;
}

function patchGlobalRules({ body }: IControlRequest, device: Device): Answer {
  const enforcedPolicy = policyIn(body, 'enforcedPolicy');
  const stagedPolicy = policyIn(body, 'stagedPolicy');
  const answer = changed(device, 'icontrol', 'modify security firewall global-rules', (draft) => {
    draft.globalRules = {
      enforcedPolicy: enforcedPolicy === undefined ? draft.globalRules.enforcedPolicy : enforcedPolicy,
      stagedPolicy: stagedPolicy === undefined ? draft.globalRules.stagedPolicy : stagedPolicy,
    };
  });
  return answer.status === 200 ? found(viewGlobalRules(device.state.globalRules)) : answer;
}

function patchRouteDomain(path: string, { body }: IControlRequest, device: Device): Answer {
  const before = device.state.routeDomains.get(path);
  if (!before) return notFound('route domain', path);
  const enforcedPolicy = policyIn(body, 'fwEnforcedPolicy');
  const stagedPolicy = policyIn(body, 'fwStagedPolicy');
  const answer = changed(device, 'icontrol', `modify net route-domain ${path}`, (draft) => {
    draft.enforce(path, {
      ...(enforcedPolicy === undefined ? {} : { enforcedPolicy }),
      ...(stagedPolicy === undefined ? {} : { stagedPolicy }),
    });
  });
  const after = device.state.routeDomains.get(path);
  return answer.status === 200 && after ? found(viewRouteDomain(after)) : answer;
}

/** Null takes the policy away, undefined leaves it. */
function policyIn(body: JsonValue | undefined, property: string): string | null | undefined {
  if (!isJsonObject(body) || body[property] === undefined) return undefined;
  const path = stringAt(body, property);
  return path === null || path === '' || path === 'none' ? null : path;
}

function saveConfiguration({ body }: IControlRequest, { save }: IControlContext): Answer {
  if (!isJsonObject(body) || body['command'] !== 'save')
    return refused(400, 'the simulator knows the command save only');
  save();
  return found({ kind: 'tm:sys:config:savestate', command: 'save' });
}

function synchronise({ body }: IControlRequest, { sync }: IControlContext): Answer {
  const text = isJsonObject(body) ? (stringAt(body, 'utilCmdArgs') ?? '') : '';
  const options = isJsonObject(body) ? listAt(body, 'options').find(isJsonObject) : undefined;
  const group = /config-sync to-group (\S+)/.exec(text)?.[1] ?? (options && stringAt(options, 'to-group'));
  if (group === undefined || group === null) return refused(400, 'the simulator knows config-sync to-group only');
  if (!sync(group)) return notFound('device group', group);
  return found({ kind: 'tm:cm:runstate', command: 'run', utilCmdArgs: `config-sync to-group ${group}` });
}

function failoverStatus(state: FailoverState): JsonObject {
  const entries = {
    color: { description: state === 'ACTIVE' ? 'green' : 'gray' },
    status: { description: state },
    summary: { description: state === 'ACTIVE' ? '1/1 active' : '1/1 standby' },
  };
  return {
    kind: 'tm:cm:failover-status:failover-statusstats',
    selfLink: 'https://localhost/mgmt/tm/cm/failover-status',
    entries: { 'https://localhost/mgmt/tm/cm/failover-status/0': { nestedStats: { entries } } },
  };
}

function viewFqdnPolicy(resolver: string | null): JsonObject {
  const kind = 'tm:security:firewall:global-fqdn-policy:global-fqdn-policystate';
  return { kind, ...(resolver === null ? {} : { dnsResolver: resolver }) };
}

function provisioning(provisioned: ReadonlySet<string>): JsonObject {
  const modules = new Set([...['afm', 'apm', 'asm', 'avr', 'ltm', 'pem'], ...provisioned]);
  const items = [...modules].map((name) => ({
    kind: 'tm:sys:provision:provisionstate',
    name,
    fullPath: name,
    level: provisioned.has(name) ? 'nominal' : 'none',
  }));
  return { kind: 'tm:sys:provision:provisioncollectionstate', items };
}

function fromTilde(text: string): string {
  return decodeURIComponent(text).replaceAll('~', '/');
}
