import { type CompiledTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { type Lease } from '#project/ports/apply-log';
import { type AppliedVersion, type DesiredStateReader, type TenantWork } from '#project/ports/desired-state';
import { type DriftAction, type DriftLog } from '#project/ports/drift';
import { type StoredTenant } from './domain/contact.js';
import { type DeviceDifference, storedDifferences } from './domain/differences.js';
import { driftOf, type DriftEvidence, type LostEnforcement } from './domain/drift.js';
import { intervalOf, responseTo } from './domain/drift-response.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { declaredOrders, orderDifference } from './domain/rule-order.js';
import { placeOf } from './performer.js';
import { type PerformerTools } from './performer-tools.js';

export interface DriftTools extends PerformerTools {
  readonly state: DesiredStateReader;
  readonly drifts: DriftLog;
  readonly observer: DriftObserver;
}

/** What metrics want to know of looks at the device. */
export interface DriftObserver {
  /** same: the device holds what was applied · drifted: it does not · failed: it could not be told. */
  compared(tenant: string, result: 'same' | 'drifted' | 'failed', seconds: number): void;
  /** Drift was noticed, or a change of what drifted. */
  drifted(tenant: string, action: DriftAction): void;
}

/** What is needed to know how a tenant is declared. */
export interface CompileNow {
  readonly schemaVersion: string;
  readonly compile: (work: TenantWork, stored: StoredTenant | null) => CompiledTenant | null;
}

/** A tenant that cannot be looked at now is looked at again after so long, in milliseconds. */
const postponed = 30_000;

/**
 * Looks whether the device still holds what was applied, tenant by tenant, each as often as its configuration says: by a
 * dry run of what was applied, by reading the order of rules, which AS3 does not compare, and by reading enforcement.
 * What is found is written down; to repair it is the cycle's part, which then finds the tenant in work.
 */
export class DriftWatch {
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly lease: Lease,
    private readonly tools: DriftTools,
  ) {}

  /** Every tenant is to be looked at now: it may be another unit, or an older archive. */
  forget(): void {
    for (const [tenant, look] of this.looks) this.looks.set(tenant, { ...look, due: 0 });
  }

  /** The device holds what was declared just now; where drift was noticed before, only a look tells that it is over. */
  applied({ desired, drift }: TenantWork): void {
    const { clock } = this.tools;
    const due = drift.present === null ? clock.monotonic() + intervalOf(desired) : 0;
    this.looks.set(desired.tenant, { due, at: clock.now() });
  }

  /**
   * Looks at the tenant that has been due for longest, if any is. Gives the milliseconds until something is to be done:
   * a repair, or the next look.
   * @throws DeviceFailure when the device is away or busy; LeaseLost.
   */
  async lookAtNext(now: CompileNow, signal: AbortSignal): Promise<number> {
    const next = await this.longestDue();
    if (next === null) return Infinity;
    if (next.wait > 0) return next.wait;
    if ((await this.lookAt(next.tenant, now, signal)) === 'repair') return 0;
    return Math.max(0, (await this.longestDue())?.wait ?? Infinity);
  }

  /**
   * AS3 told what it stores, because it is to be declared. Another writer, or an archive, may have changed our part of it:
   * that is told before it is overwritten.
   */
  async read(work: TenantWork, stored: StoredTenant | null): Promise<void> {
    const { desired, current, drift, taken } = work;
    // What was told before need not be told again in AS3's words; what the device took of a refusal is no drift.
    if (current === null || drift.present !== null || taken.length > 0) return;
    const differences = storedDifferences(desired.tenant, current.declaration, stored?.body ?? null);
    const before = this.looks.get(desired.tenant)?.at ?? null;
    await this.tell(work, current, { stored: stored?.body ?? null, differences, lost: [], by: 'as3', before });
  }

  private async longestDue(): Promise<{ readonly tenant: string; readonly wait: number } | null> {
    const now = this.tools.clock.monotonic();
    const tenants = await this.tools.state.declared(this.lease.device);
    const waits = tenants.map((tenant) => ({ tenant, wait: (this.looks.get(tenant)?.due ?? 0) - now }));
    return waits.reduce<(typeof waits)[number] | null>(
      (first, one) => (first && first.wait <= one.wait ? first : one),
      null,
    );
  }

  private async lookAt(tenant: string, now: CompileNow, signal: AbortSignal): Promise<DriftAction | null> {
    const { clock, state, logger, observer } = this.tools;
    const before = this.looks.get(tenant)?.at ?? null;
    const began = clock.monotonic();
    this.looks.set(tenant, { due: began + postponed, at: before });
    const [work] = (await state.read(this.lease.device, [tenant])).tenants;
    // Of a tenant that was taken in part it is known that the device holds something else.
    if (work?.current == null || work.taken.length > 0) return null;
    const at = clock.now();
    const seconds = () => (clock.monotonic() - began) / 1_000;
    try {
      const evidence = await this.evidence(work, work.current, now, signal);
      const action = await this.tell(work, work.current, { ...evidence, before });
      if (action === null) await this.tools.drifts.driftEnded(this.lease, tenant, before);
      observer.compared(tenant, action === null ? 'same' : 'drifted', seconds());
      this.looks.set(tenant, { due: began + intervalOf(work.desired), at });
      return action;
    } catch (error) {
      if (!(error instanceof DeviceFailure) || comesFromDevice(error)) throw error;
      // It says nothing of the device as a whole: changes go on, and an alert tells of looks that fail.
      logger.warn({ tenant, failure: error.kind, detail: error.detail }, 'the device could not be compared');
      observer.compared(tenant, 'failed', seconds());
      this.looks.set(tenant, { due: began + intervalOf(work.desired), at: before });
      return null;
    }
  }

  /** Writes down what of the evidence is drift, and gives what is done about it; null when none is. */
  private async tell(work: TenantWork, current: AppliedVersion, evidence: DriftEvidence): Promise<DriftAction | null> {
    const { clock, drifts, logger, observer } = this.tools;
    const { tenant } = work.desired;
    const finding = driftOf(work.desired, current, evidence);
    if (finding === null) return null;
    const response = responseTo(finding, work.desired, work.drift, clock.now());
    logger.warn({ tenant, action: response.action, by: finding.by, drift: finding.message }, 'drift');
    if (await drifts.drifted(this.lease, tenant, finding, response)) observer.drifted(tenant, response.action);
    return response.action;
  }

  private async evidence(
    work: TenantWork,
    current: AppliedVersion,
    { schemaVersion, compile }: CompileNow,
    signal: AbortSignal,
  ): Promise<Omit<DriftEvidence, 'before'>> {
    const { device } = this.tools;
    const { tenant } = work.desired;
    const request = requestFor({ tenant, schemaVersion }, current.declaration);
    const result = await device.dryRun(tenant, request, signal);
    const different = result === 'same' ? [] : await device.differences(tenant, request, signal);
    const stored = await device.stored(tenant, signal);
    const differences = [...different, ...(await this.orders(work, current, signal))];
    const lost = await this.lostEnforcement(compile(work, stored)?.enforcement ?? [], signal);
    const byOthers = storedDifferences(tenant, current.declaration, stored?.body ?? null);
    const overwritten = {
      stored: stored?.body ?? null,
      differences: byOthers,
      lost: [],
      by: 'as3',
      before: null,
    } as const;
    const by = driftOf(work.desired, current, overwritten) === null ? 'past-as3' : 'as3';
    return { stored: stored?.body ?? null, differences, lost, by };
  }

  private async orders(work: TenantWork, current: AppliedVersion, signal: AbortSignal): Promise<DeviceDifference[]> {
    const found: DeviceDifference[] = [];
    for (const [policy, declared] of declaredOrders(work.desired, current.declaration)) {
      if (declared.length < 2) continue;
      const rules = await this.tools.device.policyRules(policy, signal);
      const difference = rules === null ? null : orderDifference(policy, declared, rules);
      if (difference !== null) found.push(difference);
    }
    return found;
  }

  private async lostEnforcement(
    enforcement: CompiledTenant['enforcement'],
    signal: AbortSignal,
  ): Promise<LostEnforcement[]> {
    const lost: LostEnforcement[] = [];
    for (const one of enforcement) {
      const place = await placeOf(this.tools.device, one, signal);
      // A route domain that is not there is told in the statuses of its rules, and is not ours to create.
      if (place !== null && place.policy !== one.policy) lost.push({ enforcement: one, found: place.policy });
    }
    return lost;
  }
}

interface Look {
  /** By the monotonic clock, in milliseconds. */
  readonly due: number;
  /** When the device was last seen; null when it was not since this worker holds it. */
  readonly at: Date | null;
}

/** Whether the device is away or busy: then nothing else would get through either. */
function comesFromDevice({ kind }: DeviceFailure): boolean {
  const { after, device } = failures[kind];
  return (after === 'wait' && device !== 'present') || kind === 'answer-lost';
}
