import { type Position } from '#core/desired';
import { type JsonObject, type JsonValue } from '#core/json';
import { type RuleKind } from '#core/kinds';
import { type CommandActor } from './commands.js';
import { type EventType } from './event-types.js';
import { type Page, type PageRequest } from './queries.js';

/** What auditors ask: who was allowed what, when, and by whose hand. Every answer is one consistent snapshot. */
export interface HistoryQueries {
  /** The rules that had an address in their source sets at a moment, or that the device applied to it then. */
  grants(question: GrantQuestion): Promise<AddressHistory>;
  /** Newest first. */
  audit(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Null when nothing that is audited happened at that position. */
  auditEntry(position: Position): Promise<AuditDetail | null>;
  /** The event log, newest first. */
  events(filter: EventFilter, page: PageRequest): Promise<Page<LoggedEvent>>;
}

/** The event log as it grows. */
export interface EventFeed {
  /**
   * Gives what is in the log behind a position, oldest first, and then what is recorded, as it is recorded; each event
   * once. Without a position: from now on. A batch without events says every so often that the log can still be read. It
   * goes on until the signal is aborted, and ends then; it throws when the log cannot be read.
   */
  follow(
    filter: EventFilter,
    from: Position | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly LoggedEvent[], void, void>;
}

export interface GrantQuestion {
  /** Canonical, of one host. */
  readonly address: string;
  /** Left out: now. */
  readonly at?: Date;
  readonly cluster?: string;
}

export interface AddressHistory {
  readonly address: string;
  readonly at: Date;
  /** By cluster, namespace and name of the rule. */
  readonly grants: readonly AddressGrant[];
  /** Rules for every source that the devices held then. */
  readonly everyone: readonly EveryoneRule[];
}

/** A prefix that contains the address, in one rule's source set. */
export interface AddressGrant {
  readonly device: string;
  readonly cluster: string;
  readonly rule: WrittenRule;
  readonly prefix: string;
  readonly routeDomain: number;
  readonly namespace: string;
  /** Whose address it was; null for a namespace's CIDR and for an endpoint without a pod. */
  readonly pod: { readonly uid: string; readonly name: string } | null;
  /** Wanted by the form of an earlier version that the tenant was pinned to, and not by the rule as it stood. */
  readonly pinned: boolean;
  /** From when to when the prefix was wanted; `to` is null while it is. */
  readonly wanted: { readonly from: LogPlace; readonly to: LogPlace | null };
  /** When a device held the prefix for the rule because of it, the earliest first. */
  readonly held: readonly HeldRange[];
  readonly wantedThen: boolean;
  readonly heldThen: HeldThen;
}

/** unknown: the answer of the device was lost for a while, and the moment lies in between. */
export type HeldThen = 'yes' | 'no' | 'unknown';

export interface LogPlace {
  readonly time: Date;
  readonly position: Position;
}

/** Each end is an interval, in which it lies. */
export interface HeldRange {
  readonly tenant: string;
  readonly fromVersion: number;
  readonly from: Interval;
  /** Null while the device holds it. */
  readonly toVersion: number | null;
  readonly to: Interval | null;
}

export interface Interval {
  readonly earliest: Date;
  readonly latest: Date;
}

/** A rule as it stood in its cluster at a moment. */
export interface WrittenRule {
  readonly kind: RuleKind;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** As its author wrote it. */
  readonly spec: JsonObject;
  readonly written: Authorship;
}

/** The change by which something came to stand as it does. */
export interface Authorship {
  readonly position: Position;
  readonly at: Date;
  /** The field manager: the name that a client gives itself, a hint and no proof. */
  readonly manager: string | null;
  /** Who gave a command. */
  readonly actor: CommandActor | null;
}

export interface EveryoneRule {
  readonly device: string;
  readonly cluster: string;
  readonly tenant: string;
  /** The version that the device held. */
  readonly version: number;
  readonly rule: WrittenRule;
  readonly heldThen: HeldThen;
}

export interface AuditFilter {
  readonly cluster?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A field manager, or the name of who gave a command. */
  readonly actor?: string;
  /** Recorded at this moment or later, or earlier. */
  readonly since?: Date;
  readonly until?: Date;
}

/** Somebody changed what is allowed, or asked for something. */
export interface AuditEntry extends Authorship {
  /** Null before the first configuration. */
  readonly device: string | null;
  /** Null for what concerns a device as a whole. */
  readonly cluster: string | null;
  /** An object kind, `Configuration` or `Tenant`. */
  readonly kind: string;
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
  /** `created`, `changed`, `deleted`, or the name of a command. */
  readonly action: string;
  /** When the watcher saw it, or the command was given; `at` is when it was recorded. */
  readonly observedAt: Date;
  readonly before: JsonValue;
  readonly after: JsonValue;
}

export interface AuditDetail extends AuditEntry {
  /** Of a change of a rule: the first declaration that covers it and was applied. Null while there is none. */
  readonly effective: { readonly tenant: string; readonly version: number; readonly interval: Interval } | null;
}

export interface EventFilter {
  readonly cluster?: string;
  readonly type?: EventType;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly tenant?: string;
}

/** A fact of the log: a change in a cluster, a configuration, a command, or an answer of the device. */
export interface LoggedEvent {
  readonly position: Position;
  /** One of `eventTypes`, or of those of a newer version. */
  readonly type: string;
  readonly device: string | null;
  /** Null for what concerns a device as a whole. */
  readonly cluster: string | null;
  /** Of the object, when it is about one; as its namespace and its name are. */
  readonly kind: string | null;
  readonly uid: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  /** When the watcher saw it, or the command was given; `at` is when it was recorded. */
  readonly observedAt: Date;
  readonly at: Date;
  /** The event as it is folded. */
  readonly data: JsonObject;
}
