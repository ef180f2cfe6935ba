import { type Family } from '#core/network';
import { chainOf, type FirewallState, routesOf, wholeOf } from './chain.js';
import { compareChains, type Difference } from './compare.js';
import { type Decision } from './decide.js';
import { type Route, type Span } from './firewall.js';
import { describeSpan } from './describe-span.js';
import { type Services } from './services.js';
import { complement } from './spans.js';

export type { FirewallState } from './chain.js';
export type { Decision } from './decide.js';

/** Addresses as people write them. */
export interface Addresses {
  /** Everywhere but there; with no addresses, everywhere. */
  readonly isAllBut: boolean;
  /** Addresses, CIDRs and ranges. */
  readonly addresses: readonly string[];
}

/** Packets that are judged differently: every source with every destination and every service. */
export interface EffectDifference {
  /** opened: refused before, let through after · closed: the reverse · other: refused in another way · unsure: too intricate to tell. */
  readonly change: 'opened' | 'closed' | 'other' | 'unsure';
  readonly route: Route;
  readonly family: Family;
  readonly source: Addresses;
  readonly destination: Addresses;
  /** `tcp/443,8000-8010`, `icmp`, `any`, `any but tcp,udp`. */
  readonly services: readonly string[];
  /** Only packets for which all of this holds, such as that the destination is what a domain name resolves to. */
  readonly when: readonly string[];
  /** And none of this: rules that come first decide about those. */
  readonly unless: readonly string[];
  readonly before: Decision;
  readonly after: Decision;
}

/**
 * Every packet that the two states of a firewall judge differently, what opens first. None means that no packet is, as far
 * as policies decide: what iRules do, and which server takes a packet that several listen for, is not looked at.
 */
export function effectDifferences(before: FirewallState, after: FirewallState): EffectDifference[] {
  const families: readonly Family[] = [4, 6];
  return routesOf([before, after])
    .flatMap((route) =>
      families.flatMap((family) =>
        compareChains(chainOf(before, route, family), chainOf(after, route, family), family).map((difference) =>
          described(difference, route),
        ),
      ),
    )
    .sort((left, right) => rank[left.change] - rank[right.change]);
}

const rank: Record<EffectDifference['change'], number> = { opened: 0, unsure: 1, closed: 2, other: 3 };

/** One line: `10.1.2.0/24 -> 198.51.100.7 tcp/443: was refused, becomes allowed (by …)`. */
export function describeEffect(difference: EffectDifference): string {
  const { source, destination, services, when, unless, before, after, change } = difference;
  const packets = `${addressText(source)} -> ${addressText(destination)} ${services.join(' and ')}`;
  const only =
    (when.length === 0 ? '' : `, when ${when.join(' and ')}`) +
    (unless.length === 0 ? '' : `, unless ${texts(unless, mostSymbols, ' or ')}`);
  if (change === 'unsure') return `${packets}${only}: too many domain names meet here to tell whether anything changes`;
  return `${packets}${only}: was ${decisionText(before)}, becomes ${decisionText(after)}`;
}

/** More would not be read; the count tells how many there are. */
const mostAddresses = 8;
const mostSymbols = 3;

function addressText({ isAllBut, addresses }: Addresses): string {
  if (isAllBut && addresses.length === 0) return 'everywhere';
  return `${isAllBut ? 'everywhere but ' : ''}${texts(addresses, mostAddresses, ',')}`;
}

function texts(all: readonly string[], most: number, between: string): string {
  const more = all.length - most;
  return `${all.slice(0, most).join(between)}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

function decisionText({ verdict, rule }: Decision): string {
  const what = { allow: 'allowed', drop: 'dropped', reject: 'rejected', untaken: 'not carried' }[verdict];
  return `${what} (${rule === null ? 'no rule stops it' : `by ${rule}`})`;
}

function described(difference: Difference, route: Route): EffectDifference {
  const { family, before, after, when, unless } = difference;
  return {
    change: changeOf(difference),
    route,
    family,
    source: addressesOf(difference.sources, family),
    destination: addressesOf(difference.destinations, family),
    services: serviceTexts(difference.services),
    when,
    unless,
    before,
    after,
  };
}

function changeOf({ before, after, isUnsure }: Difference): EffectDifference['change'] {
  if (isUnsure) return 'unsure';
  if (after.verdict === 'allow') return 'opened';
  return before.verdict === 'allow' ? 'closed' : 'other';
}

/** As what it is, or as what it is not, whichever is shorter. */
function addressesOf(spans: readonly Span[], family: Family): Addresses {
  const rest = complement(spans, wholeOf(family));
  const isAllBut = rest.length < spans.length || rest.length === 0;
  return { isAllBut, addresses: (isAllBut ? rest : spans).map((span) => describeSpan(span, family)) };
}

function serviceTexts(services: Services): string[] {
  return services.map((service) => {
    if ('allBut' in service) return service.allBut.length === 0 ? 'any' : `any but ${service.allBut.join()}`;
    const { protocol, ports } = service;
    if (ports === null) return protocol;
    const texts = ports.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`));
    return `${protocol}/${texts.join()}`;
  });
}
