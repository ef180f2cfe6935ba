import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isJsonObject, type JsonObject, parseJson } from '#core/json';
import { parseSpan } from '../packet/address.js';
import { builtInSchema } from './built-in-schema.js';
import { schemaForVersion } from './schema-for-version.js';
import { addUsedParts, type UsedParts, withUsedParts } from './schema-parts.js';
import { type As3Version, compareVersions, formatVersion, parseVersion } from './version.js';

/**
 * The first thing that is wrong with a declaration of class ADC, as AS3 says it; null when nothing is.
 * As in AS3, a property that is missing counts as its default.
 */
export type SchemaCheck = (declaration: JsonObject) => string | null;

export interface LoadedSchema {
  readonly check: SchemaCheck;
  /** Path of the official schema file, or null where the built-in one stands in for it. */
  readonly source: string | null;
}

const loaded = new Map<string, LoadedSchema>();

/**
 * The check that a device of this version makes: with F5's official schema of that version when `directory` holds
 * files `as3-schema-VERSION.json`, otherwise with the next newer one cut down to the version, otherwise with a
 * built-in schema of the classes that egress control uses. Loaded once in a process.
 */
export function loadSchema(version: As3Version, directory: string | null): LoadedSchema {
  const key = `${formatVersion(version)} ${directory ?? ''}`;
  const known = loaded.get(key);
  if (known) return known;
  const file = directory === null ? null : officialSchema(version, directory);
  const schema = file === null ? builtInSchema : readSchema(file);
  const made = { check: compile(schemaForVersion(schema, version)), source: file };
  loaded.set(key, made);
  return made;
}

function officialSchema(version: As3Version, directory: string): string | null {
  if (!existsSync(directory)) return null;
  const candidates = readdirSync(directory)
    .flatMap((file) => {
      const [, text] = /^as3-schema-(\d+\.\d+\.\d+)\.json$/.exec(file) ?? [];
      return text === undefined ? [] : [{ file, version: parseVersion(text) }];
    })
    .sort((one, other) => compareVersions(one.version, other.version));
  const chosen = candidates.find((one) => compareVersions(one.version, version) >= 0) ?? candidates.at(-1);
  return chosen ? join(directory, chosen.file) : null;
}

function readSchema(file: string): JsonObject {
  const schema = parseJson(readFileSync(file, 'utf8'));
  if (!isJsonObject(schema)) throw new TypeError(`${file} is not a JSON schema`);
  return schema;
}

/**
 * Compiles only what the declarations use: F5's schema has a hundred classes, and all of them take seconds. When a
 * declaration comes with a class that was not seen before, it is compiled anew.
 */
function compile(schema: JsonObject): SchemaCheck {
  const used: UsedParts = { classes: new Set(), templates: new Set() };
  let validate: ValidateFunction | undefined;
  return (declaration) => {
    if (addUsedParts(used, declaration) || !validate) validate = compileParts(schema, used);
    const valid = validate(structuredClone(declaration));
    const error = validate.errors?.[0];
    return valid || !error ? null : inWords(error);
  };
}

function compileParts(schema: JsonObject, used: UsedParts): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateSchema: false, logger: false, useDefaults: true, formats });
  ajv.addSchema(withUsedParts(schema, used), 'as3');
  return ajv.compile({ $ref: 'as3#/definitions/ADC' });
}

/** F5's own formats; of the standard ones none matters to egress control. */
const formats = {
  f5ip: (text: string) => parseSpan(text) !== null && !text.includes('-'),
  f5bigip: /^\/[^\s"'<>[\]\\]+$/,
  f5pointer: /^[@/\w][^\s]*$/,
  uri: true,
  email: true,
  hostname: true,
  'date-time': true,
} as const;

/** AS3 reports a single error: a JSON pointer into the declaration, and what the validator says. */
function inWords({ instancePath, message, params, propertyName }: ErrorObject): string {
  const detail: unknown = params['additionalProperty'] ?? params['allowedValue'] ?? params['allowedValues'];
  const subject = propertyName === undefined ? '' : ` (property name ${propertyName})`;
  const suffix = detail === undefined ? '' : ` (${JSON.stringify(detail)})`;
  return `${instancePath === '' ? '/' : instancePath}: ${message ?? 'is invalid'}${suffix}${subject}`;
}
