import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifests } from './manifest.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Whether anything can be rendered here. */
export function hasKubectl(): boolean {
  return spawnSync('kubectl', ['version', '--client']).status === 0;
}

/**
 * What `kubectl apply -k FOLDER` would send, FOLDER being absolute or relative to the repository.
 * @throws Error with kubectl's words when it cannot be rendered.
 */
export function render(folder: string): readonly Manifest[] {
  const run = spawnSync('kubectl', ['kustomize', folder], { cwd: repository, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`kubectl kustomize ${folder} failed: ${run.stderr}`);
  return parseManifests(run.stdout);
}
