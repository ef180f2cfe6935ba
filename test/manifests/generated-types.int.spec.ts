import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('the checked-in types are those that the custom resource definitions give', () => {
  const tool = fileURLToPath(new URL('../../tools/generate-resource-types.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8' });
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
});
