/** One at a time: several runs may be started in the same checkout, or on the same machine, at once. */
import { rmSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, path, say } from './checkout.mjs';

const longestWork = 30 * 60_000;

/** Runs `work` while nobody else who names the same lock file, that of this checkout by default, is in its own. */
export async function alone(work, file = path('.cache/setup.lock')) {
  await acquire(file);
  const release = () => {
    rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

async function acquire(file) {
  const content = JSON.stringify({ host: hostname(), pid: process.pid });
  for (let told = false; ; await sleep(250)) {
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        fail(
          `There is something to install or to build, and this user cannot write to ${dirname(file)} (${error.code}).`,
        );
      }
    }
    const owner = await readFile(file, 'utf8').catch(() => undefined);
    if (owner !== undefined && (await isAbandoned(owner, file))) await rm(file, { force: true });
    else if (!told) {
      say(`waiting for another run (${file})`);
      told = true;
    }
  }
}

/** Whether the run that wrote the lock is gone. A run on another machine cannot be asked: then its age decides. */
async function isAbandoned(owner, file) {
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > longestWork) return true;
  const { host, pid } = parse(owner);
  if (pid === undefined) return age > 5_000;
  return host === hostname() && !isAlive(pid);
}

/** A file that is being written is no JSON yet. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
