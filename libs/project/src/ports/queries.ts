import { type DesiredRule, type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type RuleKind } from '#core/kinds';
import { type Problem } from '#core/problem';
import { type RuleStatus } from '#core/status';
import { type Purpose } from './apply-log.js';
import { type CommandActor } from './commands.js';
import { type RemovalFinding } from './removal.js';
import { type TakeoverFinding } from './takeover.js';
import { type PresentDrift } from './drift.js';
import { type Pin } from './desired-state.js';

/**
 * What the API and the command line ask of the projections. Every answer is one consistent snapshot. Lists come in pages:
 * `after` is the `next` of the page before, and what changes in between is neither shown twice nor skipped.
 */
export interface ProjectionQueries {
  clusters(): Promise<readonly ClusterSummary[]>;
  rules(filter: RuleFilter, page: PageRequest): Promise<Page<RuleSummary>>;
  /** Null when there is no such rule. */
  rule(cluster: string, uid: string): Promise<RuleDetail | null>;
  /** All tenants of a device, or of every device, by device and name. */
  tenants(device?: string): Promise<readonly TenantSummary[]>;
  /** Tenants that were, or are, to be taken over, of a device or of every one. */
  takeovers(device?: string): Promise<readonly TakeoverSummary[]>;
  /** The last request to remove each tenant, of a device or of every one. */
  removals(device?: string): Promise<readonly RemovalSummary[]>;
  /** Newest first. */
  declarations(filter: DeclarationFilter, page: PageRequest): Promise<Page<DeclarationSummary>>;
  /** Null when there is no such version. */
  declaration(device: string, tenant: string, version: number): Promise<DeclarationDetail | null>;
}

/** What the first declaration of a tenant means, as the worker found it last. */
export interface TakeoverSummary {
  readonly device: string;
  readonly tenant: string;
  readonly finding: TakeoverFinding;
  readonly foundAt: Date;
  readonly position: Position;
  /** `holds`: it is of this finding. Null before any. */
  readonly approval: { readonly by: CommandActor; readonly at: Date; readonly holds: boolean } | null;
  /** Whether the tenant was taken over. */
  readonly done: boolean;
}

/** That a tenant is to be removed from its device, or looked at for that, and what came of it. */
export interface RemovalSummary {
  readonly device: string;
  readonly tenant: string;
  /** Of the request. */
  readonly position: Position;
  readonly dryRun: boolean;
  /** In the words of who asked; null for a dry run. */
  readonly reason: string | null;
  readonly actor: CommandActor;
  readonly askedAt: Date;
  /** open: the worker has not answered yet · shown: a dry run is over · refused: it must not be, as the finding says. */
  readonly state: 'open' | 'shown' | 'refused' | 'removed';
  /** Null while nobody has looked, and of a tenant that was removed. */
  readonly finding: RemovalFinding | null;
  readonly endedAt: Date | null;
}

export interface PageRequest {
  /** At most so many entries, from 1 to 1,000. */
  readonly limit: number;
  /** Where the page before ended; left out for the first one. */
  readonly after?: string;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** `after` is not what an earlier page gave as `next`. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor() {
    super('the cursor is not one that an earlier page gave; begin without it');
  }
}

export interface ClusterSummary {
  readonly cluster: string;
  /** Null before the first configuration. */
  readonly device: string | null;
  /** Whether the first snapshot of every kind is in: before that nothing of the cluster is declared. */
  readonly complete: boolean;
  /** The position of the last event of this cluster. */
  readonly position: Position;
}

export interface RuleFilter {
  readonly cluster?: string;
  readonly kind?: RuleKind;
  readonly namespace?: string;
  readonly name?: string;
  readonly tenant?: string;
  readonly phase?: RuleStatus['phase'];
}

export interface RuleSummary {
  readonly cluster: string;
  readonly kind: RuleKind;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Null when its namespace belongs to none, or nothing of the rule was understood. */
  readonly tenant: string | null;
  /** Null when nothing of the rule is declared. */
  readonly action: DesiredRule['action'] | null;
  /** How many prefixes its source set holds; null when the source is everyone. */
  readonly addresses: number | null;
  /** The status that Kubernetes shows, or is about to show. */
  readonly status: RuleStatus;
  /** The position at which what is to be declared of it changed last. */
  readonly changed: Position;
}

export interface RuleDetail extends RuleSummary {
  /** As it is to be declared now, with its addresses; null when nothing of it is. */
  readonly desired: DesiredRule | null;
  readonly problems: readonly Problem[];
  readonly grants: readonly GrantSummary[];
}

/** One prefix of a rule's source set, now. */
export interface GrantSummary {
  readonly prefix: string;
  /** The route domain that the address belongs to, 0 where route domains are off. */
  readonly routeDomain: number;
  readonly namespace: string;
  /** Null for a namespace's CIDR and for an endpoint without a pod. */
  readonly pod: { readonly uid: string; readonly name: string } | null;
  readonly since: Date;
  readonly position: Position;
  /** Whether the device holds it as far as we know. */
  readonly held: boolean;
}

export interface TenantSummary {
  readonly device: string;
  readonly tenant: string;
  readonly wanted: Position;
  readonly applied: Position;
  readonly resync: boolean;
  /** The version that the device holds, null before the first. */
  readonly version: number | null;
  readonly rules: number;
  /** Null when nothing has come of it yet, or of the resync that was asked for last. */
  readonly lastOutcome: LastOutcome | null;
  /** An attempt whose outcome is not known yet. */
  readonly open: boolean;
  /** The device no longer holds what was applied; null while it does, as far as is known. */
  readonly drift: Omit<PresentDrift, 'reordered'> | null;
  /** Null unless it is held at the rules of an earlier version. */
  readonly pin: Pin | null;
}

export interface LastOutcome {
  readonly outcome: 'applied' | 'refused' | 'unchanged' | 'waiting' | 'failed';
  readonly reason: string | null;
  readonly message: string | null;
  readonly at: Date;
}

export interface DeclarationFilter {
  readonly device?: string;
  readonly tenant?: string;
}

export interface DeclarationSummary {
  readonly device: string;
  readonly tenant: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly digest: string;
  readonly position: Position;
  readonly rules: number;
  readonly outcome: 'open' | 'applied' | 'refused';
  readonly begunAt: Date;
  /** The interval in which it became effective; null while, and unless, it did. */
  readonly effective: { readonly from: Date; readonly to: Date } | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface DeclarationDetail extends DeclarationSummary {
  /** Null for a refusal that passed, and for what was thinned: see `DeclarationRetention`. */
  readonly content: { readonly rules: readonly DesiredRule[]; readonly declaration: JsonObject } | null;
}
