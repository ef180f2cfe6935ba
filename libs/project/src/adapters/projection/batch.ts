import { type EntityManager } from 'typeorm';

/** Where a batch of events stands: what every part of the projection is written with. */
export interface Batch {
  readonly transaction: EntityManager;
  readonly cluster: string;
  /** Null before the first configuration: then there are no rules yet either. */
  readonly device: string | null;
  /** The position of its last event. */
  readonly position: number;
  readonly observedAt: Date;
  readonly recordedAt: Date;
}
