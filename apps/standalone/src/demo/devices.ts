import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { iRule } from '#apps/bigip-simulator/src/device/objects';
import { type Configuration, commonTenant } from '#core/configuration';

/** A simulated BIG-IP with what the configuration expects to find: partitions, route domains and iRules. */
export function startDeviceFor(configuration: Configuration): Promise<BigipSimulator> {
  const tenants = configuration.tenants.filter((tenant) => tenant.name !== commonTenant);
  return startBigipSimulator({
    latency: { perTenant: 150, perObject: 2 },
    content: {
      partitions: configuration.routeDomains ? tenants.map(({ name }) => ({ name })) : [],
      routeDomains: configuration.routeDomains
        ? tenants.flatMap(({ name, routeDomain }) =>
            routeDomain === null ? [] : [{ path: `/${name}/${routeDomain.name}`, id: routeDomain.id }],
          )
        : [],
      objects: configuration.bandwidths.map((name) => iRule(`/Common/${name}`)),
    },
  });
}
