import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { type TrafficGroup } from '#core/external-service';

/** Whether two rules compile to the same. Written out, because it runs over every address of a tenant at each compilation. */
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
      sameLists(left.destinations, right.destinations, sameDestination))
  );
}

/** The only part of a source that goes into names. */
function serviceOf({ source }: DesiredRule): string | null {
  return source.type === 'service' ? source.service : null;
}

function samePrefixes(left: DesiredRule['prefixes'], right: DesiredRule['prefixes']): boolean {
  return left === null || right === null ? left === right : sameLists(left, right, sameText);
}

function sameDestination(left: AcceptedDestination, right: AcceptedDestination): boolean {
  return (
    left.externalService === right.externalService &&
    sameLists(left.addresses, right.addresses, sameText) &&
    sameLists(left.domainNames, right.domainNames, sameText) &&
    sameLists(left.services, right.services, sameGroup)
  );
}

function sameGroup(left: TrafficGroup, right: TrafficGroup): boolean {
  return (
    left.key === right.key &&
    left.protocol === right.protocol &&
    left.bandwidth === right.bandwidth &&
    sameLists(left.ports, right.ports, sameText)
  );
}

function sameText(left: string, right: string): boolean {
  return left === right;
}

function sameLists<Member>(
  left: readonly Member[],
  right: readonly Member[],
  same: (left: Member, right: Member) => boolean,
): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    const [ours, theirs] = [left[index], right[index]];
    if (ours === undefined || theirs === undefined || !same(ours, theirs)) return false;
  }
  return true;
}
