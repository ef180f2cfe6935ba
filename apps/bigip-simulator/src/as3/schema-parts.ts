import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { applicationsOf, isList, itemsOf, stringAt, tenantsOf } from './declaration.js';

/** The branches of AS3's schema that some declarations need. */
export interface UsedParts {
  readonly classes: Set<string>;
  readonly templates: Set<string>;
}

/** Whether the declaration needs more than what was used before. */
export function addUsedParts(used: UsedParts, declaration: JsonObject): boolean {
  const before = used.classes.size + used.templates.size;
  for (const [, tenant] of tenantsOf(declaration)) {
    for (const [, application] of applicationsOf(tenant)) {
      used.templates.add(stringAt(application, 'template') ?? 'generic');
      for (const [, item] of itemsOf(application)) used.classes.add(stringAt(item, 'class') ?? '');
    }
  }
  return used.classes.size + used.templates.size > before;
}

/** The schema without the branches for classes and templates that are not used; what it says of the rest is the same. */
export function withUsedParts(schema: JsonObject, used: UsedParts): JsonObject {
  const definitions = schema['definitions'];
  const application = isJsonObject(definitions) ? definitions['Application'] : undefined;
  const items = isJsonObject(application) ? application['additionalProperties'] : undefined;
  if (!isJsonObject(definitions) || !isJsonObject(application) || !isJsonObject(items)) return schema;
  const pruned = {
    ...application,
    ...branches(application['allOf'], 'template', used.templates),
    additionalProperties: { ...items, ...branches(items['allOf'], 'class', used.classes) },
  };
  return { ...schema, definitions: { ...definitions, Application: pruned } };
}

function branches(all: JsonValue | undefined, property: string, used: ReadonlySet<string>): JsonObject {
  if (!isList(all)) return {};
  const kept = all.filter((branch) => {
    const value = conditionOf(branch, property);
    return value === null || used.has(value);
  });
  return { allOf: kept.length === 0 ? [true] : kept };
}

/** `VALUE` of `{if: {properties: {PROPERTY: {const: VALUE}}}}`; null for a branch of another form. */
function conditionOf(branch: JsonValue, property: string): string | null {
  const condition = isJsonObject(branch) ? branch['if'] : undefined;
  const properties = isJsonObject(condition) ? condition['properties'] : undefined;
  const tested = isJsonObject(properties) ? properties[property] : undefined;
  return isJsonObject(tested) ? stringAt(tested, 'const') : null;
}
