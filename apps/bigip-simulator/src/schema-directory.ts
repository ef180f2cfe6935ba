import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `../shared/as3` beside the repository; null where that is not at hand, as in a container. */
export function defaultSchemaDirectory(): string | null {
  const root = repositoryRoot(import.meta.dirname);
  const directory = root === null ? null : join(dirname(root), 'shared', 'as3');
  return directory !== null && existsSync(directory) ? directory : null;
}

function repositoryRoot(directory: string): string | null {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  return parent === directory ? null : repositoryRoot(parent);
}
