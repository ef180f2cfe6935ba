import { defaultExternalConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** `#core/rule` and the like lead to the sources, not to what was built: in specs, and in the global set-up. */
const resolve = {
  conditions: ['ces-source', ...defaultServerConditions],
  externalConditions: ['ces-source', ...defaultExternalConditions],
};

/** What every project of tests has in common; `timeout`: of a test and of a hook, in milliseconds. */
export const project = (name: string, include: string, timeout: number, globalSetup: string[]) => ({
  resolve: { conditions: resolve.conditions },
  ssr: { resolve },
  environments: { __vitest__: { resolve } },
  test: {
    name,
    include: [include],
    exclude: ['**/node_modules/**', 'dist/**'],
    testTimeout: timeout,
    hookTimeout: timeout,
    setupFiles: ['reflect-metadata'],
    globalSetup,
  },
});

export const services = 'libs/testing/src/services.ts';
export const build = 'libs/testing/src/build.ts';

/** The size of a test is in its file name: unit (no I/O), int (real services), e2e (whole processes). */
const sized = (size: 'unit' | 'int' | 'e2e', timeout: number, globalSetup: string[]) =>
  project(size, `{apps,libs,test,migrations}/**/*.${size}.spec.ts`, timeout, globalSetup);

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [sized('unit', 10_000, []), sized('int', 60_000, [services]), sized('e2e', 180_000, [build, services])],
  },
});
