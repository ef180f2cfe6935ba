/** What the steps of the set-up share: where they are, how they speak, and how they run a program. */
import { execFile, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The folder of the checkout, as a URL that ends in a slash. */
export const root = new URL('../../', import.meta.url);

/** The path of something in the checkout. */
export function path(name) {
  return fileURLToPath(new URL(name, root));
}

/** A line for the person who waits; on standard error, because standard output belongs to the program. */
export function say(line) {
  process.stderr.write(`[ces] ${line}\n`);
}

export function fail(line) {
  say(line);
  process.exit(1);
}

/** Tells what begins, and how long it took. */
export async function step(name, work) {
  say(`${name} …`);
  const start = performance.now();
  await work();
  say(`${name}: done in ${((performance.now() - start) / 1_000).toFixed(1)} s`);
}

/**
 * Runs a program in the checkout to its end, with its output on standard error.
 * A signal that ends this process ends the program too.
 * @returns its exit code, or the signal that ended it
 */
export async function execute(program, programArguments, environment = process.env) {
  const child = spawn(program, programArguments, { cwd: path(''), env: environment, stdio: ['ignore', 2, 2] });
  const stop = (signal) => {
    child.kill(signal);
    child.once('exit', () => process.exit(1));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? signal));
    });
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  }
}

/** What a program prints, without the line's end; undefined when there is no such program, or it fails. */
export async function capture(program, programArguments) {
  const run = await promisify(execFile)(program, programArguments).catch(() => undefined);
  return run?.stdout.trim();
}
