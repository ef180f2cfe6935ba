import { enforcementOf } from '#compile/tenant-assembly';
import { planTenant } from '#compile/tenant-plan';
import { requestFor } from '#compile/request';
import { type DesiredTenant } from '#core/desired';
import { type Lease } from '#project/ports/apply-log';
import { type DesiredStateReader, type TenantWork } from '#project/ports/desired-state';
import { type OpenRemoval, type RemovalFinding, type RemovalLog, type RemovalObstacle } from '#project/ports/removal';
import { Declarer, type Sent } from './declarer.js';
import { type DevicePair } from './device-pair.js';
import { type Ended, type TenantResultOfApply } from './domain/apply-state.js';
import { type As3Info, versionProblem } from './domain/as3-version.js';
import { failureInResults } from './domain/classify.js';
import { type StoredTenant } from './domain/contact.js';
import { DeviceFailure, failures, isPermanent, unsuccessful } from './domain/failures.js';
import { emptyTenant, nothingStored, removalFinding } from './domain/removal.js';
import { type PerformerTools } from './performer-tools.js';
import { type TenantDriver } from './tenant-driver.js';

export interface RemoverTools extends PerformerTools {
  readonly state: Pick<DesiredStateReader, 'read'>;
  readonly removals: RemovalLog;
  readonly observer: RemoverObserver;
}

/** What metrics want to know of removals: a declaration like any other. */
export interface RemoverObserver {
  declared(work: TenantWork, result: TenantResultOfApply, seconds: number): void;
}

interface RemoverParts {
  readonly driver: Pick<TenantDriver, 'info' | 'forgetStored'>;
  readonly pair: Pick<DevicePair, 'changed' | 'follow'>;
}

/** A removal with what is known of its tenant. */
interface Removing {
  readonly removal: OpenRemoval;
  readonly work: TenantWork;
  readonly info: As3Info;
}

/**
 * Removes tenants that left the configuration, when somebody asked for it: looks first what AS3 would delete with the
 * partition, and refuses where any of it is not ours (promise 10). A dry run ends there.
 */
export class TenantRemover {
  private readonly declarer: Declarer;

  constructor(
    private readonly lease: Lease,
    private readonly tools: RemoverTools,
    private readonly parts: RemoverParts,
  ) {
    this.declarer = new Declarer(lease, tools);
  }

  /**
   * Takes up all that was asked for. Gives what is in the way of the rest for now.
   * @throws DeviceFailure when the device cannot be asked, or it is open what became of a removal; LeaseLost.
   */
  async run(signal: AbortSignal): Promise<DeviceFailure | null> {
    const { removals, state } = this.tools;
    for (const removal of await removals.openRemovals(this.lease.device)) {
      if (removal.obstacles.length > 0) {
        await this.examined(removal, { ...nothingStored, obstacles: removal.obstacles });
        continue;
      }
      const [work] = (await state.read(this.lease.device, [removal.tenant])).tenants;
      if (work === undefined) continue;
      const info = await this.parts.driver.info(signal);
      const failure = await this.take({ removal, work, info }, signal);
      if (failure !== null) return failure;
    }
    return null;
  }

  private async take(removing: Removing, signal: AbortSignal): Promise<DeviceFailure | null> {
    const { removal } = removing;
    await this.parts.pair.follow(signal);
    const stored = await this.tools.device.stored(removal.tenant, signal);
    const finding = stored === null ? nothingStored : await this.examine(removing, stored, signal);
    if (removal.dryRun || finding.obstacles.length > 0) {
      await this.examined(removal, finding);
      return null;
    }
    if (stored === null) {
      await this.forget(removing);
      return null;
    }
    return this.remove(removing, stored, signal);
  }

  private async examine({ work, info }: Removing, stored: StoredTenant, signal: AbortSignal): Promise<RemovalFinding> {
    const { device } = this.tools;
    const { desired } = work;
    const unsupported = versionProblem(info, desired.configurations);
    if (unsupported !== null) return refusal('As3VersionUnsupported', unsupported);
    const partition = await device.partition(desired.tenant, signal);
    const request = requestFor({ tenant: desired.tenant, schemaVersion: info.schemaCurrent }, stored.body);
    try {
      const differences = await device.differences(desired.tenant, request, signal);
      return removalFinding(desired, { stored: stored.body, partition, differences });
    } catch (error) {
      if (!(error instanceof DeviceFailure) || !isPermanent(error)) throw error;
      return refusal('NotComparable', `AS3 cannot compare what it stored with the device. ${error.message}.`);
    }
  }

  /** AS3 does not know the tenant: nothing is sent, for AS3 would delete what others have in the partition. */
  private async forget({ removal, info }: Removing): Promise<void> {
    const { log, clock } = this.tools;
    const { body, digest } = emptyTenant(info.version);
    const { id } = await log.begin(this.lease, { ...planned(removal), digest, declaration: body });
    const now = clock.now();
    await log.conclude(this.lease, id, { type: 'applied', effectiveFrom: now, effectiveTo: now, heldBack: [] });
    this.parts.driver.forgetStored(removal.tenant);
  }

  private async remove(
    { removal, work, info }: Removing,
    { lockKey }: StoredTenant,
    signal: AbortSignal,
  ): Promise<DeviceFailure | null> {
    const { clock, log, observer } = this.tools;
    const { tenant } = removal;
    const began = clock.monotonic();
    this.parts.pair.changed();
    this.parts.driver.forgetStored(tenant);
    await this.release(work.desired, signal);
    const declaration = {
      ...planned(removal),
      ...emptyTenant(info.version),
      schemaVersion: info.schemaCurrent,
      lockKey,
    };
    const sent = await this.declarer.declare(declaration, signal);
    const answer = await this.answerTo(sent, tenant, signal);
    if (answer instanceof DeviceFailure) {
      // Else the attempt stays open, and is settled.
      if (failures[answer.kind].after === 'settle') throw answer;
      await log.conclude(this.lease, sent.attempt, unsuccessful(answer));
      return isPermanent(answer) ? null : answer;
    }
    const { from: effectiveFrom, to: effectiveTo } = answer;
    await log.conclude(this.lease, sent.attempt, { type: 'applied', effectiveFrom, effectiveTo, heldBack: [] });
    observer.declared(
      work,
      { type: 'applied', purpose: 'removal', refusal: null },
      (clock.monotonic() - began) / 1_000,
    );
    return null;
  }

  private async answerTo(sent: Sent, tenant: string, signal: AbortSignal): Promise<Ended | DeviceFailure> {
    if (sent.type === 'failed') return sent.failure;
    const ended = sent.type === 'accepted' ? await this.declarer.poll(sent, tenant, signal) : sent;
    return failureInResults(ended.results, tenant) ?? ended;
  }

  /**
   * The device deletes no policy that a route domain enforces. Ours is empty, so nothing is judged otherwise without it;
   * the virtual server's still denies all that comes.
   */
  private async release(desired: DesiredTenant, signal: AbortSignal): Promise<void> {
    const { device } = this.tools;
    const plan = planTenant(desired);
    for (const enforcement of plan === null ? [] : enforcementOf(plan)) {
      if (enforcement.type !== 'route-domain') continue;
      const place = await device.routeDomain(enforcement.routeDomain, signal);
      if (place?.policy !== enforcement.policy) continue;
      await device.enforceRouteDomainPolicy(enforcement.routeDomain, null, signal);
    }
  }

  private async examined(removal: OpenRemoval, finding: RemovalFinding): Promise<void> {
    const { logger, removals } = this.tools;
    const { tenant, dryRun } = removal;
    logger.info({ tenant, dryRun, obstacles: finding.obstacles }, 'a tenant that is to be removed was looked at');
    await removals.removalExamined(this.lease, removal, finding);
  }
}

function planned({ tenant, covers }: OpenRemoval) {
  return { tenant, purpose: 'removal', position: covers, rules: [], heldBack: [] } as const;
}

function refusal(reason: RemovalObstacle['reason'], message: string): RemovalFinding {
  return { ...nothingStored, stored: true, obstacles: [{ reason, message }] };
}
