import { type Layout } from '#core/configuration';
import { defineConfig } from 'vitest/config';
import { z } from 'zod';
import { build, project, services } from '../../vitest.config.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Numbers of the histories that this process plays. */
    readonly seeds: readonly number[];
    /** In which crash points are tried by this process. */
    readonly layouts: readonly Layout[];
  }
}

/** `npm run test:faults -- --seed N` plays one history, `--seeds N` so many. */
const environment = z
  .object({ CES_TEST_SEED: z.coerce.number().int().optional(), CES_TEST_SEEDS: z.coerce.number().int().default(240) })
  .parse(process.env);

/** Histories wait as much as they work: each part of them is a project, and all parts are played at once. */
const parts = 4;
const seeds =
  environment.CES_TEST_SEED === undefined
    ? Array.from({ length: environment.CES_TEST_SEEDS }, (_, index) => index + 1)
    : [environment.CES_TEST_SEED];

const layouts: readonly Layout[] = ['in-place', 'rule-lists'];
const crashPoints = layouts.map((layout) => {
  const include = 'test/faults/histories/crash-points.faults.spec.ts';
  const common = project(`crash points ${layout}`, include, 1_200_000, [services]);
  return { ...common, test: { ...common.test, provide: { layouts: [layout] } } };
});

const alone = project('processes', 'test/faults/processes/*.faults.spec.ts', 300_000, [build, services]);
/** Processes live by leases that run out, so they have the machine to themselves once the histories are played, a room of them at a time. */
const processes = { ...alone, test: { ...alone.test, maxWorkers: 1, sequence: { groupOrder: 1 } } };

/** Names end in `.faults.spec.ts`, so that the other projects have none of them. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: parts + layouts.length,
    projects: [
      ...Array.from({ length: Math.min(parts, seeds.length) }, (_, part) => {
        const include = 'test/faults/histories/histories.faults.spec.ts';
        const common = project(`histories ${part + 1}`, include, 300_000, [services]);
        const provide = { seeds: seeds.filter((_seed, index) => index % parts === part) };
        return { ...common, test: { ...common.test, provide } };
      }),
      ...(environment.CES_TEST_SEED === undefined ? [...crashPoints, processes] : []),
    ],
  },
});
