import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifests } from './manifest.js';

const chart = fileURLToPath(new URL('../../charts/ces', import.meta.url));

/** Where tools/install-helm.mjs puts it. */
const cached = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ces-tools/helm');

/** The helm of the PATH, or the one that was built before; null when there is none. */
export const helm = ['helm', cached].find((program) => spawnSync(program, ['version']).status === 0) ?? null;

/**
 * What `helm install` would send.
 * @param versionOfKubernetes such as `1.29`
 * @throws Error with helm's words when it cannot be rendered.
 */
export function renderChart(versionOfKubernetes: string, ...parameters: readonly string[]): readonly Manifest[] {
  const version = ['--kube-version', `${versionOfKubernetes}.0`];
  return parseManifests(run('template', 'ces', chart, '--namespace', 'ces-system', ...version, ...parameters));
}

/** @throws Error with helm's words when it finds anything. */
export function lintChart(): void {
  run('lint', chart, '--strict', '--quiet');
}

function run(...parameters: readonly string[]): string {
  if (helm === null) throw new Error('There is no helm.');
  const { status, stdout, stderr } = spawnSync(helm, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`helm ${parameters.join(' ')} failed: ${stderr}`);
  return stdout;
}
