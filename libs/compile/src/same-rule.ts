import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { type TrafficGroup } from '#core/external-service';

/**
 * Whether two rules compile to the same. Written out, because it goes over every address of a tenant each time that one
 * of them has changed.
 */
export function compilesTheSame(left: DesiredRule, right: DesiredRule): boolean {
  return (
    left === right ||
    (left.cluster === right.cluster &&
      left.kind === right.kind &&
      left.namespace === right.namespace &&
      left.name === right.name &&
      left.action === right.action &&
      left.logging === right.logging &&
      serviceOf(left) === serviceOf(right) &&
      samePrefixes(left.prefixes, right.prefixes) &&
      sameDestinations(left.destinations, right.destinations))
  );
}

/** The only part of a source that goes into names. */
function serviceOf({ source }: DesiredRule): string | null {
  return source.type === 'service' ? source.service : null;
}

function samePrefixes(left: DesiredRule['prefixes'], right: DesiredRule['prefixes']): boolean {
  return left === null || right === null ? left === right : sameTexts(left, right);
}

function sameDestinations(left: readonly AcceptedDestination[], right: readonly AcceptedDestination[]): boolean {
  return left.length === right.length && left.every((one, index) => sameDestination(one, right[index] ?? one));
}

function sameDestination(left: AcceptedDestination, right: AcceptedDestination): boolean {
  return (
    left.externalService === right.externalService &&
    sameTexts(left.addresses, right.addresses) &&
    sameTexts(left.domainNames, right.domainNames) &&
    left.services.length === right.services.length &&
    left.services.every((group, index) => sameGroup(group, right.services[index] ?? group))
  );
}

function sameGroup(left: TrafficGroup, right: TrafficGroup): boolean {
  return (
    left.key === right.key &&
    left.protocol === right.protocol &&
    left.bandwidth === right.bandwidth &&
    sameTexts(left.ports, right.ports)
  );
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
