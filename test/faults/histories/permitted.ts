import { type PlannedAttempt } from '#project/ports/apply-log';
import { type ReferenceModel } from './reference-model.js';
import { type TestPacket, tenants } from './scenery.js';

/** What was known at a position of the log, and from then on until the next one. */
interface Version {
  readonly position: number;
  readonly model: ReferenceModel;
}

/** The first versions whose rules, and whose addresses, a tenant on the device may still be of; indices. */
interface Window {
  readonly rules: number;
  readonly addresses: number;
}

/**
 * What a device may let through at a moment: what some version allowed that it may still be of. A tenant that was declared
 * at a position is of no earlier version any more (promise 2); rules that were held out may be of an earlier one, but
 * with today's addresses.
 */
export class Permitted {
  private readonly versions: Version[] = [];
  private readonly windows = new Map<string, Window>();

  add(position: number, model: ReferenceModel): void {
    this.versions.push({ position, model });
  }

  get latest(): ReferenceModel {
    const last = this.versions.at(-1);
    if (last === undefined) throw new Error('nothing is known yet');
    return last.model;
  }

  /** The device holds what was declared, or as much as it took of it. */
  declared({
    tenant,
    position,
    purpose,
    heldBack,
  }: Pick<PlannedAttempt, 'tenant' | 'position' | 'purpose' | 'heldBack'>): void {
    // What stands in between is narrower than before and after, and says nothing of when it was before.
    if (purpose === 'interim') return;
    const at = this.versions.findLastIndex((version) => version.position <= position);
    const { rules, addresses } = this.window(tenant);
    const whole = purpose === 'change' && heldBack.length === 0;
    this.windows.set(tenant, { rules: whole ? Math.max(rules, at) : rules, addresses: Math.max(addresses, at) });
  }

  /** Whether some version allows it, of those that the device may be of. */
  allows(packet: TestPacket): boolean {
    const tenant = tenants.find(({ routeDomain }) => routeDomain === packet.routeDomain)?.name ?? '';
    return this.allowsMixed(packet, tenant);
  }

  private allowsMixed(packet: TestPacket, tenant: string): boolean {
    const globally = new Set(this.views('Common').map(([rules, at]) => rules.globally(packet, at)));
    if (globally.has('out')) return true;
    return globally.has('on') && this.views(tenant).some(([rules, at]) => rules.inTenant(packet, at) === 'out');
  }

  /** Rules, and where their addresses are looked up. */
  private views(tenant: string): (readonly [ReferenceModel, ReferenceModel])[] {
    const { rules, addresses } = this.window(tenant);
    const inRange = (from: number) => this.versions.slice(from).map(({ model }) => model);
    if (rules === addresses) return inRange(rules).map((model) => [model, model]);
    return this.versions
      .slice(rules)
      .flatMap(({ model }, index) => inRange(Math.max(addresses, rules + index)).map((at) => [model, at] as const));
  }

  private window(tenant: string): Window {
    return this.windows.get(tenant) ?? { rules: 0, addresses: 0 };
  }
}
