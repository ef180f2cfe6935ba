import { type Refusal } from './tenant-isolation.js';

/** A refusal is not provoked again by the same content for this long, in milliseconds. */
const lasts = 10 * 60_000;

/** What was refused of which tenant. */
export class RefusalMemory {
  private readonly refusals = new Map<string, { readonly refusal: Refusal; readonly until: number }>();

  of(tenant: string): Refusal | null {
    return this.refusals.get(tenant)?.refusal ?? null;
  }

  /** @param refusal null when the tenant was taken. */
  note(tenant: string, refusal: Refusal | null, now: Date): void {
    if (refusal === null) this.refusals.delete(tenant);
    else if (this.of(tenant)?.digest !== refusal.digest) {
      this.refusals.set(tenant, { refusal, until: now.getTime() + lasts });
    }
  }

  /** Forgets the refusals that have lasted long enough, and says whose they were. */
  due(now: Date): string[] {
    const due = [...this.refusals].filter(([, { until }]) => until <= now.getTime()).map(([tenant]) => tenant);
    due.forEach((tenant) => this.refusals.delete(tenant));
    return due;
  }
}
