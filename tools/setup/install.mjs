/** The dependencies: exactly those of package-lock.json, development ones included. */
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { execute, fail, path, step } from './checkout.mjs';
import { alone } from './lock.mjs';

/** Installs when something is missing or another version; however it was installed before. */
export async function install() {
  if (await isInstalled()) return;
  await alone(async () => {
    if (await isInstalled()) return;
    await step('installing the dependencies (npm ci; needs a registry this once)', runNpm);
  });
}

/**
 * Compares what npm noted when it installed with package-lock.json. Of the optional packages those count that are
 * made for this platform, so a node_modules folder that came from another one is noticed.
 */
async function isInstalled() {
  const [wanted, present] = await Promise.all([
    packages('package-lock.json'),
    packages('node_modules/.package-lock.json').catch(() => ({})),
  ]);
  return Object.entries(wanted)
    .filter(([location, entry]) => location !== '' && (!entry.optional || isForThisPlatform(entry)))
    .every(([location, { version }]) => present[location]?.version === version);
}

async function packages(lockfile) {
  return JSON.parse(await readFile(path(lockfile), 'utf8')).packages;
}

/** Which C library this is cannot be told without help, so packages that ask for one do not count. */
function isForThisPlatform({ os, cpu, libc }) {
  return libc === undefined && allows(os, process.platform) && allows(cpu, process.arch);
}

function allows(list, name) {
  if (list === undefined) return false;
  return list.includes(name) || (list.every((entry) => entry.startsWith('!')) && !list.includes(`!${name}`));
}

async function runNpm() {
  const parameters = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-progress'];
  const [program, ...before] = npm();
  const code = await execute(program, [...before, ...parameters], { ...process.env, ...(await cache()) });
  if (code !== 0) fail(`npm ended with ${code}: the dependencies could not be installed.`);
}

/** The npm that started us, or the one in the path. */
function npm() {
  const { npm_execpath: running } = process.env;
  return running !== undefined && basename(running).startsWith('npm') ? [process.execPath, running] : ['npm'];
}

/** npm keeps its cache in the home directory; a user without one gets it in the checkout. */
async function cache() {
  const usual = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
  try {
    await mkdir(usual, { recursive: true });
    await access(usual, constants.W_OK);
    return {};
  } catch {
    return { npm_config_cache: path('.cache/npm') };
  }
}
