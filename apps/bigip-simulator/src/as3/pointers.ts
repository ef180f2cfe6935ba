import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { applicationsOf, isTenant, objectAt, tenantsOf } from './declaration.js';
import { meaningOf, pointsByName } from './pointer-meaning.js';

/** A reference from one place of a declaration to an item of it, or to an object of the device. */
export interface Pointer {
  /** JSON pointer of the place, such as `/T1/Shared/policy/rules/0`. */
  readonly at: string;
  readonly tenant: string;
  readonly application: string;
  /** The name of the property that holds it, or of the list that it stands in. */
  readonly property: string;
  readonly target: { readonly by: 'use' | 'bigip'; readonly path: string };
}

/** All references in the items of all tenants. */
export function pointersIn(declaration: JsonObject): Pointer[] {
  const found: Pointer[] = [];
  for (const [tenant, content] of tenantsOf(declaration)) {
    for (const [application, items] of applicationsOf(content)) {
      const origin = { tenant, application };
      for (const [name, item] of Object.entries(items)) {
        if (isJsonObject(item)) collect(item, `/${tenant}/${application}/${name}`, '', origin, found);
      }
    }
  }
  return found;
}

function collect(
  value: JsonValue,
  at: string,
  property: string,
  origin: Pick<Pointer, 'tenant' | 'application'>,
  found: Pointer[],
): void {
  if (Array.isArray(value)) {
    value.forEach((member: JsonValue, index) => {
      collect(member, `${at}/${String(index)}`, property, origin, found);
    });
  } else if (isJsonObject(value)) {
    for (const by of ['use', 'bigip'] as const) {
      const path = value[by];
      if (typeof path === 'string') found.push({ at, ...origin, property, target: { by, path } });
    }
    for (const [name, member] of Object.entries(value)) {
      if (name !== 'use' && name !== 'bigip') collect(member, `${at}/${name}`, name, origin, found);
    }
  } else if (typeof value === 'string' && pointsByName(property, value)) {
    found.push({ at, ...origin, property, target: { by: 'use', path: value } });
  }
}

/** `/T/A/item` of a `use` pointer, which may be absolute, hold `@` for the own tenant or application, or be a name. */
export function absolute(path: string, { tenant, application }: Pick<Pointer, 'tenant' | 'application'>): string {
  if (!path.startsWith('/')) return `/${tenant}/${application}/${path}`;
  const own = ['', tenant, application];
  return path
    .split('/')
    .map((step, index) => (step === '@' ? (own[index] ?? step) : step))
    .join('/');
}

/** What AS3 says about the first `use` pointer that leads nowhere, or where none may lead; null when all are right. */
export function wrongPointer(declaration: JsonObject): string | null {
  for (const pointer of pointersIn(declaration)) {
    if (pointer.target.by !== 'use') continue;
    const wrong = wrongTarget(declaration, pointer);
    if (wrong !== null) return `${pointer.at}: ${wrong}`;
  }
  return null;
}

function wrongTarget(declaration: JsonObject, pointer: Pointer): string | null {
  const path = absolute(pointer.target.path, pointer);
  const [, tenant = '', application = '', item = '', ...rest] = path.split('/');
  const reachable =
    (tenant === pointer.tenant && [pointer.application, 'Shared'].includes(application)) ||
    (tenant === 'Common' && application === 'Shared');
  if (!reachable) {
    return `contains path ${path} outside of its application, /${pointer.tenant}/Shared and /Common/Shared`;
  }
  const missing = (name: string): string => `contains path to non-existent object ${name}`;
  const tenantContent = declaration[tenant];
  if (!isTenant(tenantContent)) return missing(tenant);
  const applicationContent = objectAt(tenantContent, application);
  if (!applicationContent) return missing(application);
  const target = objectAt(applicationContent, item);
  if (!target || rest.length > 0) return missing(rest.at(-1) ?? item);
  const expected = meaningOf(pointer.property)?.classes;
  const found = typeof target['class'] === 'string' ? target['class'] : 'none';
  return expected === undefined || expected.includes(found)
    ? null
    : `AS3 pointer must point to an object of class ${expected.join(' or ')}, not ${found}`;
}
