import { isJsonObject, type JsonValue } from '#core/json';

/** System-wide settings of AS3, kept by the device. */
export interface As3Settings {
  /** Up to ten declares wait for their turn instead of being sent away. */
  readonly burstHandlingEnabled: boolean;
  /** Lifts the limit of 65,520 bytes on what a declaration says outside of its applications. */
  readonly encodeDeclarationMetadata: boolean;
  readonly asyncTaskStorage: 'data-group' | 'memory';
  readonly serviceDiscoveryEnabled: boolean;
}

export const defaultSettings: As3Settings = {
  burstHandlingEnabled: false,
  encodeDeclarationMetadata: false,
  asyncTaskStorage: 'data-group',
  serviceDiscoveryEnabled: true,
};

/** Null when the body is not an object, names an unknown setting or gives one a wrong value. */
export function changedSettings(settings: As3Settings, body: JsonValue | undefined): As3Settings | null {
  if (!isJsonObject(body)) return null;
  let changed = settings;
  for (const [name, value] of Object.entries(body)) {
    const isSwitch =
      name === 'burstHandlingEnabled' || name === 'encodeDeclarationMetadata' || name === 'serviceDiscoveryEnabled';
    if (isSwitch && typeof value === 'boolean') changed = { ...changed, [name]: value };
    else if (name === 'asyncTaskStorage' && (value === 'data-group' || value === 'memory')) {
      changed = { ...changed, asyncTaskStorage: value };
    } else return null;
  }
  return changed;
}
