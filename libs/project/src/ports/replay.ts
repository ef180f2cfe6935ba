import { type Position } from '#core/desired';
import { type JsonValue } from '#core/json';

/** How far a replay is. */
export interface ReplayProgress {
  /** Folded up to here, of so many. */
  readonly position: Position;
  readonly of: Position;
  readonly eventsPerSecond: number;
  readonly remainingSeconds: number;
}

/** What a replay gave, held against the live projections. */
export interface ReplayReport {
  /** Both are compared as they stand here. */
  readonly position: Position;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly tables: readonly TableComparison[];
  /** Whether the live projections were brought to what the replay gave. */
  readonly swapped: boolean;
}

/** How the live rows of one projection differ from the replayed ones. */
export interface TableComparison {
  readonly table: string;
  /** Replayed ones. */
  readonly rows: number;
  /** Rows that the live projection lacks, that only it has, and that both have with other values. */
  readonly missing: number;
  readonly unexpected: number;
  readonly different: number;
  /** The first of them, in the order of their keys. */
  readonly examples: readonly RowDifference[];
}

type Columns = Readonly<Record<string, JsonValue>>;

export interface RowDifference {
  readonly key: Columns;
  /** The live row, or what of it differs; null when it is missing. */
  readonly live: Columns | null;
  /** The same of the replayed one; null when there should be none. */
  readonly replayed: Columns | null;
}

export function isSame({ tables }: Pick<ReplayReport, 'tables'>): boolean {
  return tables.every(({ missing, unexpected, different }) => missing + unexpected + different === 0);
}
