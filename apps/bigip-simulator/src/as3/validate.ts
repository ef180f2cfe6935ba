import { type JsonObject } from '#core/json';
import { type DeviceState } from '../device/state.js';
import { applicationsOf, type Problem, tenantsOf } from './declaration.js';
import { missingOnDevice } from './device-check.js';
import { wrongPointer } from './pointers.js';
import { type Faults } from '../faults/faults.js';
import { type SchemaCheck } from './schema.js';

export interface ValidationContext {
  readonly schema: SchemaCheck;
  readonly faults: Faults;
  readonly device: DeviceState;
  readonly provisioned: ReadonlySet<string>;
  /** Off, a `bigip` path that leads nowhere passes here and is refused by the device itself. */
  readonly checksBigipPaths: boolean;
}

/** Why AS3 does not begin with a declaration; null when it does. A dry run goes through the same. */
export function problemOf(declaration: JsonObject, context: ValidationContext): Problem | null {
  const wrong = context.schema(declaration);
  if (wrong !== null) return invalid(wrong);
  const unwelcome = context.faults.invalidityOf(itemPaths(declaration));
  if (unwelcome !== null) return invalid(unwelcome);
  const long = longPath(declaration);
  if (long !== null) return { status: 400, message: long };
  const dangling = wrongPointer(declaration);
  if (dangling !== null) return invalid(dangling);
  const missing = context.checksBigipPaths ? missingOnDevice(declaration, context.device, context.provisioned) : null;
  if (missing === null) return null;
  return missing.startsWith('/') ? invalid(missing) : { status: 422, message: missing };
}

function invalid(error: string): Problem {
  return { status: 422, message: 'declaration is invalid', errors: [error] };
}

const longestPath = 255;

function longPath(declaration: JsonObject): string | null {
  const long = itemPaths(declaration).find((path) => path.length > longestPath);
  return long === undefined ? null : `The path ${long} exceeds the 255 full path character limit`;
}

function itemPaths(declaration: JsonObject): string[] {
  return tenantsOf(declaration).flatMap(([tenant, content]) =>
    applicationsOf(content).flatMap(([application, items]) =>
      Object.keys(items).map((item) => `/${tenant}/${application}/${item}`),
    ),
  );
}
