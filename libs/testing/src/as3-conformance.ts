import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import ipaddr from 'ipaddr.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#core/json';

/** Where F5's schemas stand; they are data beside the checkout and never part of it. */
const directory = process.env['AS3_SCHEMA_DIR'] ?? '../shared/as3';

/** The versions whose official schemas are at hand. */
export type SchemaVersion = '3.29.0' | '3.56.0';

/** The classes that egress control uses. Compiling the schema for all of AS3's takes ten times as long. */
const coveredClasses: ReadonlySet<JsonValue> = new Set([
  ...['Firewall_Address_List', 'Firewall_Port_List', 'Firewall_Rule_List', 'Firewall_Policy', 'Service_L4'],
  ...['Service_Address', 'Pool', 'Security_Log_Profile', 'Log_Publisher', 'Log_Destination', 'iRule'],
]);

/** F5's own formats as AS3's parser understands them; the standard ones play no part in what CES declares. */
const formats = {
  f5bigip: /^\/[^\s"'<>[\]\\]+$/,
  f5pointer: /^(?:@|[/\w])[^\s]*$/,
  f5ip: isF5Address,
  uri: true,
  hostname: true,
  'date-time': true,
  email: true,
} as const;

/** Loaded with this file, because that takes longer than a test should. */
const validators = new Map<SchemaVersion, ValidateFunction | null>([['3.56.0', load('3.56.0')]]);

/**
 * Throws unless the request (class AS3) is valid against F5's own schema of that version. Where the schemas are not at
 * hand it says so once, on stderr, and passes.
 * @throws Error with what the validator found.
 */
export function expectConformance(request: JsonObject, version: SchemaVersion = '3.56.0'): void {
  const known = validators.get(version);
  const validate = known === undefined ? load(version) : known;
  validators.set(version, validate);
  if (validate === null) return;
  const uncovered = classesIn(request['declaration'] ?? null).find((name) => !coveredClasses.has(name));
  if (uncovered !== undefined) throw new Error(`add the class ${uncovered} to those that this check covers`);
  if (validate(structuredClone(request))) return;
  const findings = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  throw new Error(`the request is not valid for AS3 ${version}:\n${[...new Set(findings)].slice(0, 20).join('\n')}`);
}

export function hasSchema(version: SchemaVersion): boolean {
  return existsSync(fileOf(version));
}

function fileOf(version: SchemaVersion): string {
  return join(directory, `as3-schema-${version}.json`);
}

function load(version: SchemaVersion): ValidateFunction | null {
  const file = fileOf(version);
  if (!hasSchema(version)) {
    process.stderr.write(`[tests] SKIPPED: conformance with AS3 ${version}, no ${file}; set AS3_SCHEMA_DIR\n`);
    return null;
  }
  // As in AS3, a property that is missing counts as its default.
  const ajv = new Ajv({ strict: false, useDefaults: true, logger: false, formats });
  ajv.addSchema(reduced(parseJson(readFileSync(file, 'utf8'))) as object, 'as3');
  return ajv.compile({ $ref: 'as3#/definitions/AS3' });
}

/** The schema without the branches (`if` the class is so, `then`) of classes that are not covered. */
function reduced(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return (schema as readonly JsonValue[]).filter(isCovered).map(reduced);
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, reduced(value)]));
}

function isCovered(branch: JsonValue): boolean {
  if (!isJsonObject(branch) || !isJsonObject(branch['if']) || !isJsonObject(branch['then'])) return true;
  const { properties } = branch['if'];
  const condition = isJsonObject(properties) ? properties['class'] : undefined;
  const name = isJsonObject(condition) ? condition['const'] : undefined;
  return name === undefined || coveredClasses.has(name);
}

/** The classes of all objects in all applications of a declaration. */
function classesIn(declaration: JsonValue): string[] {
  return membersOf(declaration)
    .flatMap(membersOf)
    .flatMap(membersOf)
    .flatMap(({ class: name }) => (typeof name === 'string' ? [name] : []));
}

function membersOf(value: JsonValue): JsonObject[] {
  return isJsonObject(value) ? Object.values(value).filter(isJsonObject) : [];
}

/** An address with, perhaps, a route domain and a length: `10.1.0.0%2/16`. */
function isF5Address(text: string): boolean {
  const [, address = '', , length] = /^([^%/]+)(%\d{1,5})?(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (!ipaddr.isValid(address)) return false;
  return length === undefined || Number(length) <= (ipaddr.parse(address).kind() === 'ipv4' ? 32 : 128);
}
