import { defineConfig } from 'vitest/config';

const conditions = ['ces-source'];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };

/** The size of a test is in its file name: unit (no I/O), int (real services), e2e (whole processes). */
const project = (name: 'unit' | 'int' | 'e2e', timeout: number, services: boolean) => ({
  resolve,
  ssr,
  test: {
    name,
    include: [`{apps,libs,test,migrations}/**/*.${name}.spec.ts`],
    exclude: ['**/node_modules/**', 'dist/**', 'test/cluster/**'],
    testTimeout: timeout,
    hookTimeout: timeout,
    setupFiles: ['reflect-metadata'],
    ...(services ? { globalSetup: ['libs/testing/src/services.ts'] } : {}),
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [project('unit', 10_000, false), project('int', 60_000, true), project('e2e', 180_000, true)],
  },
});
