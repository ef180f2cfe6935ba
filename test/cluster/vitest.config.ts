import { defineConfig } from 'vitest/config';
import { z } from 'zod';
import { build, project, services } from '../../vitest.config.js';

/** `npm run test:cluster` finds or builds the API servers, and says here where they are. */
const clusters = z
  .array(z.object({ version: z.string(), directory: z.string() }))
  .parse(JSON.parse(process.env['CES_TEST_KUBERNETES'] ?? '[]'));

/** Names end in `.cluster.spec.ts`, so that the other projects have none of them. One file at a time: each has a cluster. */
export default defineConfig({
  test: {
    pool: 'forks',
    fileParallelism: false,
    projects: clusters.map((kubernetes, index) => {
      const common = project(kubernetes.version, 'test/cluster/**/*.cluster.spec.ts', 300_000, [build, services]);
      // The load is no matter of the version: the newest one carries it, which comes first.
      const exclude = index === 0 ? [] : ['test/cluster/load.cluster.spec.ts'];
      return { ...common, test: { ...common.test, exclude, provide: { kubernetes } } };
    }),
  },
});
