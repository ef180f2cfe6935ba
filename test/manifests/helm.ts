import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifests } from './manifest.js';
import { manifestTool } from './manifest-tools.js';

const chart = fileURLToPath(new URL('../../charts/ces', import.meta.url));

/** Null when there is none. */
export const helm = manifestTool('helm', ['version'], 'The Helm chart is not rendered');

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
