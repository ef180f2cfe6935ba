import { type ValueTransformer } from 'typeorm';

/** A bigint column that never exceeds what a number holds exactly: positions, ids and epochs. */
export const wholeNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
};
