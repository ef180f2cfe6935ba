import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '#testing/wait-for';

let checkout: string;
let started: ChildProcess[];

const locked = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/needed': { version: '1.2.3' },
    'node_modules/for-here': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
    'node_modules/for-elsewhere': { version: '1.0.0', optional: true, os: ['plan9'], cpu: [process.arch] },
  },
};
const { 'node_modules/for-elsewhere': _elsewhere, ...installed } = locked.packages;

/** Stands for npm: notes each call, takes a moment, and leaves behind what the real one would. */
const npm = `
  const fs = require('node:fs');
  const call = [process.argv.slice(2).join(' '), process.env.npm_config_cache, process.pid].join('\\t');
  fs.appendFileSync('npm-calls', call + '\\n');
  if (fs.existsSync('npm-fails')) process.exit(7);
  setTimeout(() => {
    fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
    fs.copyFileSync('compiler.js', 'node_modules/typescript/bin/tsc');
    fs.copyFileSync('installed.json', 'node_modules/.package-lock.json');
  }, fs.existsSync('npm-hangs') ? 600_000 : 200);
`;

/** Stands for tsc: copies the sources. */
const compiler = `
  const fs = require('node:fs');
  fs.appendFileSync('builds', 'x');
  fs.cpSync('apps', 'dist/apps', { recursive: true });
  fs.renameSync('dist/apps/standalone/src/demo/main.ts', 'dist/apps/standalone/src/demo/main.js');
`;

const program = `console.log(JSON.stringify({ arguments: process.argv.slice(2) })); process.exit(3);`;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'ces-test-'));
  started = [];
  await cp(fileURLToPath(new URL('../tools', import.meta.url)), join(checkout, 'tools'), { recursive: true });
  await write('npm.cjs', npm);
  await write('compiler.js', compiler);
  await write('package-lock.json', JSON.stringify(locked));
  await write('installed.json', JSON.stringify({ packages: installed }));
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) await write(name, '{"type":"module"}');
  await write('apps/standalone/src/demo/main.ts', program);
});

afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(checkout, { recursive: true });
});

async function write(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(checkout, name)), { recursive: true });
  await writeFile(join(checkout, name), content);
}

async function read(name: string): Promise<string> {
  return readFile(join(checkout, name), 'utf8').catch(() => '');
}

async function calls(): Promise<string[][]> {
  return (await read('npm-calls'))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

function start(environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [join(checkout, 'tools/run.mjs'), 'demo', '--once', 'a b'], {
    cwd: checkout,
    env: { ...process.env, npm_execpath: join(checkout, 'npm.cjs'), npm_config_cache: checkout, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function run(environment?: NodeJS.ProcessEnv): Promise<{ code: unknown; output: string; progress: string }> {
  const child = start(environment);
  if (!child.stdout || !child.stderr) throw new Error('no output');
  const [[code], output, progress] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code, output, progress };
}

const done = { code: 3, output: '{"arguments":["--once","a b"]}\n' };

test('a fresh checkout is installed and built; the program gets its arguments, the output and the exit code', async () => {
  const result = await run();
  expect(result).toMatchObject(done);
  expect(result.progress).toMatch(/installing the dependencies[\s\S]*done in[\s\S]*building[\s\S]*done in/);
  expect((await calls()).map(([parameters]) => parameters)).toEqual([expect.stringMatching(/^ci --include=dev /)]);
});

test('a second start installs and builds nothing, and says nothing', async () => {
  await run();
  expect(await run()).toEqual({ ...done, progress: '' });
  expect([(await calls()).length, await read('builds')]).toEqual([1, 'x']);
});

test('what npm installed by itself is taken as it is: no network is needed', async () => {
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
  await write('node_modules/typescript/bin/tsc', compiler);
  expect(await run()).toMatchObject(done);
  expect(await calls()).toEqual([]);
});

test.each([
  ['another version', { ...installed, 'node_modules/needed': { version: '1.2.2' } }],
  ['a missing package', { ...installed, 'node_modules/needed': undefined }],
  ['what another platform installed', { ...installed, 'node_modules/for-here': undefined }],
])('%s is replaced', async (_case, packages) => {
  await write('node_modules/.package-lock.json', JSON.stringify({ packages }));
  expect(await run()).toMatchObject(done);
  expect(await calls()).toHaveLength(1);
});

test('a changed source is built again; what came of a source that is gone goes too', async () => {
  await write('apps/standalone/src/old.ts', 'export {};');
  await run();
  await rm(join(checkout, 'apps/standalone/src/old.ts'));
  await write('apps/standalone/src/demo/main.ts', program.replace('3', '4'));
  expect(await run()).toMatchObject({ code: 4 });
  await expect(access(join(checkout, 'dist/apps/standalone/src/old.ts'))).rejects.toThrow('ENOENT');
  expect(await calls()).toHaveLength(1);
});

test('a changed spec is no reason to build', async () => {
  await run();
  await write('apps/standalone/src/demo/main.unit.spec.ts', 'export {};');
  expect(await run()).toEqual({ ...done, progress: '' });
});

test('two that start at once install once, and both run', async () => {
  expect(await Promise.all([run(), run()])).toMatchObject([done, done]);
  expect([(await calls()).length, await read('builds')]).toEqual([1, 'x']);
});

test('the lock of a run that was killed holds nobody up', async () => {
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(gone, 'exit');
  await write('.cache/setup.lock', JSON.stringify({ host: hostname(), pid: gone.pid }));
  expect(await run()).toMatchObject(done);
});

test('without a home directory to write to, npm keeps its cache in the checkout', async () => {
  await run({ npm_config_cache: join(checkout, 'package.json/no-directory') });
  expect((await calls())[0]?.[1]).toBe(join(checkout, '.cache/npm'));
});

test('when npm fails, the run ends and says so, and the next one tries again', async () => {
  await write('npm-fails', '');
  const failed = await run();
  expect(failed).toMatchObject({ code: 1, output: '' });
  expect(failed.progress).toContain('npm ended with 7');
  await rm(join(checkout, 'npm-fails'));
  expect(await run()).toMatchObject(done);
});

test('a signal ends the installation too, and leaves no lock', async () => {
  await write('npm-hangs', '');
  const child = start();
  const pid = await waitFor(async () => {
    const [call] = await calls();
    if (!call) throw new Error('npm has not been called yet');
    return Number(call[2]);
  });
  child.kill('SIGTERM');
  await once(child, 'exit');
  await waitFor(() => {
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
  expect(await read('.cache/setup.lock')).toBe('');
});
