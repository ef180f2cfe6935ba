import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type As3Version, formatVersion, has } from './version.js';

/**
 * A schema of AS3 without what its later versions brought along, so that a declaration is refused by an older device
 * as its own schema would refuse it. Knows of the properties and classes that egress control comes across.
 */
export function schemaForVersion(schema: JsonObject, version: As3Version): JsonObject {
  const edits: readonly Edit[] = [
    schemaVersionUpTo(version),
    ...(has(version, 'useCommonRouteDomainTenant') ? [] : [withoutProperty('Tenant', 'useCommonRouteDomainTenant')]),
    ...(has(version, 'routeDomainEnforcement') ? [] : [withoutProperty('Firewall_Policy', 'routeDomainEnforcement')]),
    ...(has(version, 'dryRun') ? [] : [withoutProperty('Controls', 'dryRun')]),
    ...(has(version, 'ipIntelligencePolicy') ? [] : [withoutClass('IP_Intelligence_Policy')]),
  ];
  return edits.reduce((edited, edit) => edit(edited), schema);
}

type Edit = (schema: JsonObject) => JsonObject;

function schemaVersionUpTo(version: As3Version): Edit {
  return (schema) =>
    replaced(schema, ['definitions', 'ADC', 'properties', 'schemaVersion'], () => ({
      type: 'string',
      pattern: `^3[.](${numbersUpTo(version.minor)})([.][0-9]+)?$`,
      description: `Any version up to ${formatVersion(version)}`,
    }));
}

function numbersUpTo(last: number): string {
  return Array.from({ length: last + 1 }, (_, number) => String(number)).join('|');
}

function withoutProperty(definition: string, property: string): Edit {
  return (schema) =>
    replaced(schema, ['definitions', definition, 'properties'], (properties) =>
      Object.fromEntries(Object.entries(properties).filter(([name]) => name !== property)),
    );
}

function withoutClass(className: string): Edit {
  const path = ['definitions', 'Application', 'additionalProperties', 'properties', 'class'];
  return (schema) =>
    replaced(schema, path, (property) => {
      const names = property['enum'];
      return Array.isArray(names) ? { ...property, enum: names.filter((name) => name !== className) } : property;
    });
}

/** `schema` with the object at `path` replaced; unchanged where there is none. */
function replaced(schema: JsonObject, path: readonly string[], replace: (found: JsonObject) => JsonObject): JsonObject {
  const [step, ...rest] = path;
  if (step === undefined) return replace(schema);
  const inner: JsonValue | undefined = schema[step];
  return isJsonObject(inner) ? { ...schema, [step]: replaced(inner, rest, replace) } : schema;
}
