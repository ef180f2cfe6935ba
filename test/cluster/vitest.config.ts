import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { z } from 'zod';
import { build, project, services } from '../../vitest.config.js';

/** `npm run test:cluster` finds or builds the API servers, and says here where they are. */
const clusters = z
  .array(z.object({ version: z.string(), directory: z.string() }))
  .parse(JSON.parse(process.env['CES_TEST_KUBERNETES'] ?? '[]'));

/** What takes longest, so that nothing else waits for it at the end. */
const longest = ['load', 'outages', 'life'].map((name) => `/${name}.cluster.spec.ts`);

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(name));
      return found === -1 ? longest.length : found;
    };
    return Promise.resolve([...files].sort((left, right) => rank(left) - rank(right)));
  }
}

/**
 * Names end in `.cluster.spec.ts`, so that the other projects have none of them. Each file has a cluster of its own; a
 * few at a time, because they spend much of their time on waiting for Leases to expire and processes to start.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: clusters.map((kubernetes, index) => {
      const common = project(kubernetes.version, 'test/cluster/**/*.cluster.spec.ts', 300_000, [build, services]);
      // The load is no matter of the version: the newest one carries it, which comes first.
      const exclude = index === 0 ? [] : ['test/cluster/load.cluster.spec.ts'];
      return { ...common, test: { ...common.test, exclude, provide: { kubernetes } } };
    }),
  },
});
