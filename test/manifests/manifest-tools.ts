import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Where `npm test` found what `node tools/run.mjs manifest-tools` has built; empty for nowhere. */
const folder = process.env['CES_TEST_MANIFEST_TOOLS'] ?? '';

const remedy = 'node tools/run.mjs manifest-tools builds it';

/** The program that judges manifests of a sort, or null when there is none: then that is told, with what goes unjudged. */
export function manifestTool(name: 'helm' | 'compose', probe: readonly string[], unjudged: string): string | null {
  const candidates = folder === '' ? [name] : [join(folder, name), name];
  const found = candidates.find((program) => spawnSync(program, probe).status === 0);
  if (found === undefined) process.stderr.write(`${unjudged}: there is no ${name} (${remedy}).\n`);
  return found ?? null;
}
