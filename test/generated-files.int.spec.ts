import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The OpenAPI document is compared by a test of apps/api. */
const tools = ['generate-resource-types', 'generate-chart', 'generate-monitoring', 'generate-configuration'];

it.each(tools)('what %s writes is checked in as it writes it', (name) => {
  const tool = fileURLToPath(new URL(`../tools/${name}.mjs`, import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
