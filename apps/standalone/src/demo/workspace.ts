import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files that the parts of the system are pointed to, in a directory of their own that only we can read. */
export interface Workspace {
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createWorkspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'ces-'));
  return {
    async write(name, text) {
      const path = join(directory, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
