import { type Family } from '#core/network';

/** Consecutive values of one dimension, both ends included. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

export interface AddressSpan extends Span {
  readonly family: Family;
}

/**
 * What one end of a packet has to be like: in one of the spans, or such that one of the symbols holds. A symbol stands for
 * what cannot be known here (what a domain name resolves to, where a country lies) and may hold for any packet.
 */
export type AddressMatch = 'any' | { readonly spans: readonly AddressSpan[]; readonly symbols: readonly string[] };

export interface ServiceMatch {
  /** Names in lower case; portless: every protocol that has no ports. */
  readonly protocol: 'any' | 'portless' | { readonly is: string } | { readonly isNot: string };
  /** Destination ports; packets of protocols without ports match `any` alone. */
  readonly ports: 'any' | { readonly spans: readonly Span[]; readonly symbols: readonly string[] };
}

/**
 * pass: on to the next context · allow: through all of them · untaken: no virtual server takes the packet, so it does not
 * leave this way.
 */
export type Outcome = 'pass' | 'allow' | 'drop' | 'reject' | 'untaken';

/** What became of a packet in the end. */
export type Verdict = Exclude<Outcome, 'pass'>;

export interface FirewallRule {
  readonly outcome: Outcome;
  readonly source: AddressMatch;
  readonly destination: AddressMatch;
  readonly service: ServiceMatch;
  /** Of each of these at least one symbol has to hold as well (a VLAN, a source port). */
  readonly conditions: readonly (readonly string[])[];
  /** Where it stands, for people: `POLICY, RULE LIST, RULE`, or what stands in for a rule. */
  readonly name: string;
}

/** The rules that a packet meets: what the virtual server does not take, then the contexts global, route domain, virtual server. */
export type Chain = readonly (readonly FirewallRule[])[];

/** A way that packets take: in a route domain, through a virtual server or none. */
export interface Route {
  readonly tenant: string;
  readonly routeDomain: number;
  readonly virtualServer: string | null;
}
