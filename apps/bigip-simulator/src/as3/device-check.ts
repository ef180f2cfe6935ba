import { type JsonObject } from '#core/json';
import { type DeviceState, exists } from '../device/state.js';
import { applicationsOf, itemsOf, stringAt, tenantsOf } from './declaration.js';
import { meaningOf, modulesFor } from './pointer-meaning.js';
import { pointersIn } from './pointers.js';

/**
 * What AS3 asks the device about a declaration before it computes any difference, in a dry run too: whether a
 * `bigip` path names something that exists, and whether a class' module is provisioned. Null when all is well.
 * Source: AS3's post-processing tags bigComponent and modules.
 */
export function missingOnDevice(
  declaration: JsonObject,
  device: DeviceState,
  provisioned: ReadonlySet<string>,
): string | null {
  return missingModule(declaration, provisioned) ?? missingObject(declaration, device);
}

function missingModule(declaration: JsonObject, provisioned: ReadonlySet<string>): string | null {
  for (const [tenant, content] of tenantsOf(declaration)) {
    for (const [application, items] of applicationsOf(content)) {
      for (const [name, item] of itemsOf(items)) {
        const modules = modulesFor(stringAt(item, 'class') ?? '');
        if (modules.length > 0 && !modules.some((module) => provisioned.has(module))) {
          const where = `/${tenant}/${application}/${name}`;
          return `${where}: One of these modules needs to be provisioned: ${modules.join(', ')}`;
        }
      }
    }
  }
  return null;
}

function missingObject(declaration: JsonObject, device: DeviceState): string | null {
  for (const { at, property, target } of pointersIn(declaration)) {
    if (target.by !== 'bigip') continue;
    const component = meaningOf(property)?.component ?? '*';
    if (!exists(device, component, target.path)) return `Unable to find ${target.path} for ${at}`;
  }
  return null;
}
