import { defaultExternalConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** `#core/rule` and the like lead to the sources, not to what was built: in specs, and in the global set-up. */
const resolve = {
  conditions: ['ces-source', ...defaultServerConditions],
  externalConditions: ['ces-source', ...defaultExternalConditions],
};

/** The size of a test is in its file name: unit (no I/O), int (real services), e2e (whole processes). */
const project = (name: 'unit' | 'int' | 'e2e', timeout: number, globalSetup: string[]) => ({
  resolve: { conditions: resolve.conditions },
  ssr: { resolve },
  environments: { __vitest__: { resolve } },
  test: {
    name,
    include: [`{apps,libs,test,migrations}/**/*.${name}.spec.ts`],
    exclude: ['**/node_modules/**', 'dist/**', 'test/cluster/**'],
    testTimeout: timeout,
    hookTimeout: timeout,
    setupFiles: ['reflect-metadata'],
    globalSetup,
  },
});

const services = 'libs/testing/src/services.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', 10_000, []),
      project('int', 60_000, [services]),
      project('e2e', 180_000, ['libs/testing/src/build.ts', services]),
    ],
  },
});
