import { type CommandReceipt } from '#project/ports/commands';
import { type ProjectionQueries, type TenantSummary } from '#project/ports/queries';
import { printable } from './wording.js';

/** A command that was given, and the device it is for. */
export interface OfDevice extends CommandReceipt {
  readonly device: string;
}

/** How far what was asked for is, tenant by tenant. */
export interface CommandProgress {
  readonly done: readonly { readonly tenant: string; readonly version: number | null }[];
  /** It goes on by itself. */
  readonly waiting: readonly TenantWithReason[];
  /** Somebody has to act. */
  readonly failed: readonly TenantWithReason[];
}

type TenantQueries = Pick<ProjectionQueries, 'tenants' | 'declarations'>;

interface TenantWithReason {
  readonly tenant: string;
  readonly why: string;
}

/** Looks how far it is. The outcomes that the tenants show are of later than the command. */
export async function readProgress(
  queries: TenantQueries,
  { device, position, tenants }: OfDevice,
): Promise<CommandProgress> {
  const done: CommandProgress['done'][number][] = [];
  const waiting: TenantWithReason[] = [];
  const failed: TenantWithReason[] = [];
  for (const summary of await queries.tenants(device)) {
    const { tenant, applied, version, lastOutcome, drift } = summary;
    if (!tenants.includes(tenant)) continue;
    const why = printable(lastOutcome?.message ?? 'no worker has taken it up yet');
    if (applied < position) (lastOutcome?.outcome === 'failed' ? failed : waiting).push({ tenant, why });
    // What is changed back goes on by itself; what is only told is no news unless it was found since.
    else if (drift?.action === 'repair') waiting.push({ tenant, why: printable(drift.message) });
    else if (drift !== null && drift.position > position) failed.push({ tenant, why: printable(drift.message) });
    else if (await holdsLastGood(queries, summary)) failed.push({ tenant, why: lastGoodInForce });
    else done.push({ tenant, version });
  }
  return { done, waiting, failed };
}

const lastGoodInForce = 'the device refuses the rules as they stand; those of the last good version are in force';

async function holdsLastGood(queries: TenantQueries, { device, tenant }: TenantSummary): Promise<boolean> {
  const { entries } = await queries.declarations({ device, tenant }, { limit: 1 });
  return entries[0]?.purpose === 'last-good';
}

/** One line; what there is nothing of is not mentioned. */
export function describeProgress({ done, waiting, failed }: CommandProgress): string {
  const parts = [
    ['done', done.map(({ tenant, version }) => (version === null ? tenant : `${tenant} (version ${version})`))],
    ['waiting', waiting.map(({ tenant, why }) => `${tenant} (${why})`)],
    ['failed', failed.map(({ tenant, why }) => `${tenant} (${why})`)],
  ] as const;
  return parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`])).join('; ');
}
