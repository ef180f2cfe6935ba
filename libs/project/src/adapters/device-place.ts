import { type EntityManager } from 'typeorm';

/** Where an event of a device stands in the log. */
export interface DevicePlace {
  readonly transaction: EntityManager;
  readonly device: string;
  readonly position: number;
  readonly observedAt: Date;
  readonly recordedAt: Date;
}
