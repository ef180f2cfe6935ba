import { type EntityManager } from 'typeorm';
import { type AppliedEvent, type Effects } from '../../domain/cluster-model.js';

/** A batch of one cluster's events, taken in by its model and settled. */
export interface SettledBatch {
  /** Of its last event. */
  readonly position: number;
  readonly observedAt: Date;
  readonly recordedAt: Date;
  readonly events: readonly AppliedEvent[];
  readonly effects: Effects;
}

/** Whose projections are written, and by which transaction. */
export interface Target {
  readonly transaction: EntityManager;
  readonly cluster: string;
  /** Null before the first configuration: then there are no rules yet either. */
  readonly device: string | null;
}

/**
 * What batches change in one table. They are taken in one after the other, and written together: in a few statements,
 * however many batches there were, with what each of them written alone would have left.
 */
export interface TableChanges {
  take(batch: SettledBatch): void;
  write(target: Target): Promise<void>;
}
