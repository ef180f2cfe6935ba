import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Vitest's global set-up for specs that start whole processes: they run what stands in `dist`. */
export default async function setUp(): Promise<void> {
  const build = spawn(process.execPath, ['tools/run.mjs', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(build, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The build failed; e2e specs run what it makes.');
}
