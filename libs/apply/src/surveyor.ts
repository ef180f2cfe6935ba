import { canonicalJson, type JsonObject, plainJson } from '#core/json';
import { type TakeoverFinding } from '#project/ports/takeover';
import { createHash } from 'node:crypto';
import { type Command, type TenantApply } from './domain/apply-state.js';
import { surroundingPlaces, type Surroundings, takeoverFinding } from './domain/takeover.js';
import { type Device } from './ports/device.js';

type SurveyCommand = Extract<Command, { type: 'survey' }>;
type SurveyedTenant = Pick<TenantApply, 'work' | 'stored'>;

/**
 * Finds out what the first declaration of a tenant would mean. A tenant waits for its approval through many passes, and
 * to compare a large one takes seconds, so what was found is kept until the device or what is desired changes.
 */
export class Surveyor {
  private readonly found = new Map<string, { readonly inputs: string; readonly finding: TakeoverFinding }>();

  constructor(private readonly device: Pick<Device, 'stored' | 'routeDomain' | 'globalPolicy'>) {}

  /** @throws DeviceFailure when the device cannot be read. */
  async survey(command: SurveyCommand, tenant: SurveyedTenant, signal: AbortSignal): Promise<TakeoverFinding> {
    const { hold, compiled, objects } = command;
    const surroundings = await this.surroundings(command, tenant, signal);
    const inputs = digestOf(command, surroundings);
    const earlier = this.found.get(compiled.tenant);
    if (earlier?.inputs === inputs) return earlier.finding;
    const finding = takeoverFinding(hold, compiled, objects, surroundings);
    this.found.set(compiled.tenant, { inputs, finding });
    return finding;
  }

  /** Reads what else decides about the tenant's packets. */
  private async surroundings(
    { compiled }: SurveyCommand,
    { work, stored }: SurveyedTenant,
    signal: AbortSignal,
  ): Promise<Surroundings> {
    const places = surroundingPlaces(work.desired);
    const tenants = new Map<string, JsonObject>();
    for (const tenant of places.tenants) {
      const there = tenant === compiled.tenant ? stored : await this.device.stored(tenant, signal);
      if (there) tenants.set(tenant, there.body);
    }
    const routeDomains = new Map<string, { readonly id: number; readonly policy: string | null }>();
    for (const { path, id } of places.routeDomains) {
      const there = await this.device.routeDomain(path, signal);
      if (there !== null) routeDomains.set(path, { id, policy: there.policy });
    }
    return { tenants, routeDomains, globalPolicy: await this.device.globalPolicy(signal) };
  }
}

function digestOf(
  { hold, compiled, objects }: SurveyCommand,
  { tenants, routeDomains, globalPolicy }: Surroundings,
): string {
  const { digest, enforcement, steps } = compiled;
  const wanted = { digest, enforcement, steps: steps.length };
  const there = { tenants: [...tenants], routeDomains: [...routeDomains], globalPolicy };
  return createHash('sha256')
    .update(canonicalJson(plainJson({ hold, objects, wanted, there })))
    .digest('hex');
}
