/** Programs that tests need and that are built once, from Go modules of the checkout, and kept outside of it. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail, path, step } from './checkout.mjs';
import { goBuild } from './go-build.mjs';
import { alone } from './lock.mjs';

/** What a folder with go.mod and go.sum says: which Go it wants, and a digest of all that is pinned. */
export async function readRecipe(folder) {
  const [text, sums] = await Promise.all(
    ['go.mod', 'go.sum'].map((name) => readFile(path(`${folder}/${name}`), 'utf8')),
  );
  const [, go] = /^go ([\d.]+)$/m.exec(text) ?? [];
  if (go === undefined) fail(`${folder}/go.mod names no version of Go.`);
  const digest = createHash('sha256').update(text).update(sums).digest('hex').slice(0, 12);
  return { folder, text, go: go.split('.').map(Number), digest };
}

/** Where the programs of a recipe are kept that a Go has built; another recipe, machine or Go has another folder. */
export function placeOf(cache, version, { digest }, go) {
  const key = [version, process.platform, process.arch, `go${go.join('.')}`, digest].join('-');
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), cache, key);
}

/** Whether all of the programs are in a folder. */
export async function areBuilt(directory, names) {
  const found = await Promise.all(names.map((name) => stat(join(directory, name)).catch(() => undefined)));
  return !found.includes(undefined);
}

/**
 * Builds a recipe's programs into a folder, unless they are there. A build that is cut short leaves nothing behind that
 * looks whole.
 * @param title what is built, for who waits
 */
export async function buildOnce(directory, { folder }, { programs, flags, title }) {
  const complete = () => areBuilt(directory, Object.keys(programs));
  if (await complete()) return;
  await alone(async () => {
    if (await complete()) return;
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await step(`building ${title} (this once; it takes minutes)`, () =>
      goBuild({ folder, programs, flags, into: unfinished }),
    );
    await rm(directory, { recursive: true, force: true });
    await rename(unfinished, directory);
  }, `${directory}.lock`);
}

/** Whether a Go is older than the one that is wanted. */
export function isOlder(version, wanted) {
  const at = wanted.findIndex((part, index) => part !== (version[index] ?? 0));
  return at >= 0 && (version[at] ?? 0) < wanted[at];
}
