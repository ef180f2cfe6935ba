import { type Configuration, routeDomainOfNamespace } from '#core/configuration';
import { parseConfiguration } from '#core/configuration-parser';
import { type ExternalServiceObject } from '#core/objects';
import { parseExternalService, type ParsedExternalService } from '#core/external-service';
import { type SourceOptions } from '#core/source-set';
import { type ConfigurationChanged } from './events.js';

/** A configuration that was understood. */
export interface Configured {
  readonly event: ConfigurationChanged;
  readonly configuration: Configuration;
  readonly sourceOptions: SourceOptions;
  /** What an external service says. */
  readonly read: (externalService: ExternalServiceObject) => ParsedExternalService;
}

/** Null when this version of the parser refuses the text. */
export function understand(event: ConfigurationChanged): Configured | null {
  const { configuration } = parseConfiguration(event.text);
  if (configuration === null) return null;
  return { event, configuration, sourceOptions: sourceOptionsOf(configuration), read: readerOf(configuration) };
}

/** How source sets are resolved by a configuration. */
export function sourceOptionsOf(configuration: Configuration): SourceOptions {
  const routeDomains = new Map<string, number | null>();
  const routeDomainOf = (namespace: string): number | null => {
    const known = routeDomains.get(namespace);
    if (known !== undefined) return known;
    const found = routeDomainOfNamespace(configuration, namespace);
    routeDomains.set(namespace, found);
    return found;
  };
  const { namespaceSource, endpointsWithoutPods } = configuration;
  return { namespaceSource, endpointsWithoutPods, routeDomainOf };
}

/** Long lists take long to read, and hundreds of rules may name one: each is read once. */
function readerOf({ bandwidths }: Configuration): Configured['read'] {
  const known = new WeakMap<ExternalServiceObject, ParsedExternalService>();
  return (object) => {
    const parsed = known.get(object) ?? parseExternalService(object.name, object.content.spec, bandwidths);
    known.set(object, parsed);
    return parsed;
  };
}
