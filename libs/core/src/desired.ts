import { type Configuration } from './configuration.js';
import { type TrafficGroup } from './external-service.js';
import { type RuleKind } from './kinds.js';
import { type Action, type SourceSelector } from './rule.js';

/**
 * A rule in the form that was accepted last: resolved external services, everything canonical. It is what the projection
 * stores, what a version of a declaration remembers, and what the compiler takes.
 */
export interface AcceptedRule {
  readonly cluster: string;
  readonly kind: RuleKind;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The AS3 tenant (BIG-IP partition) that it is declared in. */
  readonly tenant: string;
  readonly action: Action;
  readonly logging: boolean;
  readonly priority: number;
  /** RFC 3339, null when the API server gave none. */
  readonly createdAt: string | null;
  readonly source: SourceSelector;
  /** In the author's order; those that cannot be declared are absent. May be empty: then the rule declares nothing. */
  readonly destinations: readonly AcceptedDestination[];
}

export interface AcceptedDestination {
  readonly externalService: string;
  /** Never both empty. */
  readonly addresses: readonly string[];
  readonly domainNames: readonly string[];
  /** Never empty. */
  readonly services: readonly TrafficGroup[];
}

/** An accepted rule with the addresses of its source set at some moment. */
export interface DesiredRule extends AcceptedRule {
  /**
   * Sorted canonical prefixes; null when the source is everyone; empty when it applies to nobody. In a rule of Common, a
   * prefix of a namespace whose tenant has a route domain carries its id: `10.1.2.3%2`, `10.1.0.0%2/16` (as3.md:
   * elsewhere the tenant's default route domain supplies it). Whoever projects such a rule writes it.
   */
  readonly prefixes: readonly string[] | null;
}

/** A rule in the form in which it is declared. */
export interface DeclaredRule extends DesiredRule {
  /**
   * The position at which this form was the desired one: its addresses are those that it selects today, and of a
   * permission those of them that it had then.
   * Absent where it is the desired one at the position that the declaration covers.
   */
  readonly sourcesAt?: Position;
}

/** A place in the event log. Positions grow with time and are never reused. */
export type Position = number;

/** Everything that one tenant should hold, read at one position. */
export interface DesiredTenant {
  readonly tenant: string;
  /**
   * Of every cluster that this installation serves on the device, by name, whether it has rules in this tenant or not:
   * their names tell our objects from foreign ones, also when a cluster's last rule here has gone.
   */
  readonly configurations: readonly Configuration[];
  /** Of all these clusters, in rule order (core/order). */
  readonly rules: readonly DesiredRule[];
}
