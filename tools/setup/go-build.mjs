/** Building a program from its Go module, with progress shown: it takes minutes, and nobody likes a silent terminal. */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';
import { capture, fail, path, say } from './checkout.mjs';

const progressEvery = 15_000;

/** The version of the Go on this machine, as [1, 26, 8]; undefined when there is none. */
export async function goVersion() {
  const version = await capture('go', ['env', 'GOVERSION']);
  return version === undefined ? undefined : (version.match(/\d+/g) ?? []).map(Number);
}

/**
 * Builds main packages of the module in `folder` (relative to the checkout), whose go.mod and go.sum pin everything.
 * @param programs the package of each program, by its name
 * @param flags for the linker
 */
export async function goBuild({ folder, programs, flags, into }) {
  for (const [name, main] of Object.entries(programs)) {
    await compile({ name, folder, arguments: ['-ldflags', flags, '-o', `${into}/${name}`, main] });
  }
}

async function compile({ name, folder, arguments: given }) {
  const start = performance.now();
  const seen = { modules: 0, packages: 0, words: [] };
  const progress = () => {
    const counts = `${seen.modules} modules fetched, ${seen.packages} packages compiled`;
    say(`building ${name}: ${((performance.now() - start) / 1_000).toFixed(0)} s, ${counts}`);
  };
  const ticking = setInterval(progress, progressEvery);
  // Whatever this user has set for Go elsewhere must not change what is built.
  const environment = {
    ...process.env,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
  };
  const child = spawn('go', ['build', '-v', '-trimpath', '-buildvcs=false', ...given], {
    cwd: path(folder),
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading')) seen.modules += 1;
    else if (/^[\w.~/-]+$/.test(line)) seen.packages += 1;
    else seen.words.push(line);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(ticking);
  process.off('exit', stop);
  if (code !== 0) fail(`${name} could not be built:\n${seen.words.slice(-40).join('\n')}`);
  progress();
}
