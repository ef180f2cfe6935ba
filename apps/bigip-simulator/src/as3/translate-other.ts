import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { iRule, type OtherObject, otherObject } from '../device/objects.js';
import { stringAt, without } from './declaration.js';
import { pointsByName } from './pointer-meaning.js';
import { type Place, referenceIn, virtualAddressPath } from './place.js';

const components: Readonly<Record<string, string>> = {
  Service_Address: 'ltm virtual-address',
  Pool: 'ltm pool',
  NAT_Policy: 'security nat policy',
  NAT_Source_Translation: 'security nat source-translation',
  IP_Intelligence_Policy: 'security ip-intelligence policy',
  Protocol_Inspection_Profile: 'security protocol-inspection profile',
  Security_Log_Profile: 'security log profile',
  Log_Publisher: 'sys log-config publisher',
  Bandwidth_Control_Policy: 'net bwc policy',
  Data_Group: 'ltm data-group internal',
  SNAT_Pool: 'ltm snatpool',
  SNAT_Translation: 'ltm snat-translation',
  L4_Profile: 'ltm profile fastl4',
  TCP_Profile: 'ltm profile tcp',
  UDP_Profile: 'ltm profile udp',
  Net_Address_List: 'net address-list',
  Net_Port_List: 'net port-list',
  Idle_Timeout_Policy: 'net timer-policy',
};

/** Classes whose content the simulator keeps as declared, with references turned into paths. */
export function otherObjects(item: JsonObject, place: Place): OtherObject[] {
  const className = stringAt(item, 'class') ?? '';
  if (className === 'iRule') return [iRule(place.path, textOf(item['iRule']))];
  const references: string[] = [];
  const properties = resolved(without(item, 'class', 'label'), '', place, references);
  const path = className === 'Service_Address' ? virtualAddressPath(place.path) : place.path;
  return [
    otherObject({
      component: componentFor(className, item),
      path,
      properties: isJsonObject(properties) ? properties : {},
      references,
    }),
  ];
}

function componentFor(className: string, item: JsonObject): string {
  switch (className) {
    case 'Log_Destination':
      return `sys log-config destination ${stringAt(item, 'type') ?? ''}`;
    case 'Monitor':
      return `ltm monitor ${stringAt(item, 'monitorType') ?? 'http'}`;
    default:
      return components[className] ?? `ltm profile ${className.toLowerCase().replaceAll('_', '-')}`;
  }
}

/** The value with each reference replaced by its path, the paths gathered in `found`. */
function resolved(value: JsonValue, property: string, place: Place, found: string[]): JsonValue {
  const pointer = isPointer(value) || (typeof value === 'string' && pointsByName(property, value));
  if (pointer) {
    const path = referenceIn(value, place);
    if (path !== null) {
      found.push(path);
      return path;
    }
  }
  if (Array.isArray(value)) return value.map((member: JsonValue) => resolved(member, property, place, found));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, resolved(member, name, place, found)]),
  );
}

function isPointer(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && (typeof value['use'] === 'string' || typeof value['bigip'] === 'string');
}

/** A text, given as such or in one of AS3's wrappings. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) return '';
  const encoded = stringAt(value, 'base64');
  return encoded === null ? (stringAt(value, 'text') ?? '') : Buffer.from(encoded, 'base64').toString('utf8');
}
