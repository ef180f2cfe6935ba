import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';

/** A problem that AS3 finds before it looks at any tenant. */
export interface Problem {
  readonly status: number;
  readonly message: string;
  /** JSON pointers into the declaration, each with what is wrong there. */
  readonly errors?: readonly string[];
}

export type TenantEntry = readonly [name: string, tenant: JsonObject];
export type ApplicationEntry = readonly [name: string, application: JsonObject];
export type ItemEntry = readonly [name: string, item: JsonObject];

export function isTenant(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && value['class'] === 'Tenant';
}

/** The tenants of a declaration of class ADC, in its order. */
export function tenantsOf(declaration: JsonObject): TenantEntry[] {
  return membersOfClass(declaration, (className) => className === 'Tenant');
}

export function tenantNamesOf(declaration: JsonObject): string[] {
  return tenantsOf(declaration).map(([name]) => name);
}

export function applicationsOf(tenant: JsonObject): ApplicationEntry[] {
  return membersOfClass(tenant, (className) => className === 'Application');
}

/** Everything in an application that has a class. */
export function itemsOf(application: JsonObject): ItemEntry[] {
  return membersOfClass(application, (className) => typeof className === 'string' && className !== 'Constants');
}

function membersOfClass(
  parent: JsonObject,
  wanted: (className: JsonValue | undefined) => boolean,
): (readonly [string, JsonObject])[] {
  return Object.entries(parent).flatMap(([name, member]) =>
    isJsonObject(member) && wanted(member['class']) ? [[name, member] as const] : [],
  );
}

export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

export function stringAt(object: JsonObject | undefined, name: string): string | null {
  const value = object?.[name];
  return typeof value === 'string' ? value : null;
}

export function objectAt(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return isJsonObject(value) ? value : undefined;
}

export function listAt(object: JsonObject | undefined, name: string): readonly JsonValue[] {
  const value = object?.[name];
  return isList(value) ? value : [];
}

/** `Array.isArray` does not narrow to a list that cannot be changed. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A tenant without any application, controls or constants is declared to be gone. */
export function isEmptyTenant(tenant: JsonObject): boolean {
  return membersOfClass(tenant, (className) => className !== undefined).length === 0;
}
