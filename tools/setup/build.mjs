/** The build: `tsc` into dist/, when a source has changed since the last one. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execute, fail, path, step } from './checkout.mjs';
import { alone } from './lock.mjs';

const stamp = 'dist/.build-stamp.json';
const folders = ['apps', 'libs', 'migrations', 'test/bench'];
const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

const isSource = /\.(ts|json)$/;
/** What tsconfig.build.json leaves out. */
const isForTests = /\.spec\.ts$|^libs\/testing\//;

/** Builds when the sources are not those of the last successful build. */
export async function build() {
  if (isSame(await sources(), await built())) return;
  await alone(async () => {
    const current = await sources();
    const last = await built();
    if (isSame(current, last)) return;
    // The compiler leaves what it made of a source that is gone.
    const isGone = Object.keys(last).some((name) => !(name in current));
    if (isGone) await rm(path('dist'), { recursive: true, force: true });
    await step('building', compile);
    await mkdir(path('dist'), { recursive: true });
    await writeFile(path(stamp), JSON.stringify(current, undefined, 1));
  });
}

async function compile() {
  const compiler = path('node_modules/typescript/bin/tsc');
  const code = await execute(process.execPath, [compiler, '-p', path('tsconfig.build.json')]);
  if (code !== 0) fail(`The build failed: tsc ended with ${code}.`);
}

/** The digest of every file that the build reads, by name. */
async function sources() {
  const found = await Promise.all(folders.map(sourcesBelow));
  const names = [...files, ...found.flat()].sort();
  const digests = await Promise.all(names.map(async (name) => digest(await readFile(path(name)))));
  return Object.fromEntries(names.map((name, index) => [name, digests[index]]));
}

async function sourcesBelow(folder) {
  const entries = await readdir(path(folder), { recursive: true }).catch(() => []);
  return entries.map((name) => `${folder}/${name}`).filter((name) => isSource.test(name) && !isForTests.test(name));
}

function digest(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** The sources of the last build; empty when there was none. */
async function built() {
  return JSON.parse(await readFile(path(stamp), 'utf8').catch(() => '{}'));
}

function isSame(left, right) {
  return JSON.stringify(left) === JSON.stringify(right);
}
