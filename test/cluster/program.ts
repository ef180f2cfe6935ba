import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { vi } from 'vitest';

export interface ProgramOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Programs start slowly on a machine that tests keep busy. Milliseconds. */
const startLimit = 150_000;

const keptLines = 2_000;

/** A program in a process of its own, with its latest output; it ends with the process of the tests at the latest. */
export class Program {
  /** The latest lines of both outputs. */
  readonly lines: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ending: Promise<unknown>;
  readonly #name: string;

  constructor({ program, arguments: given, environment = {} }: ProgramOptions) {
    this.#name = program;
    this.#child = spawn(program, given, {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = () => this.#child.kill('SIGKILL');
    process.once('exit', end);
    this.#ending = once(this.#child, 'exit').finally(() => process.off('exit', end));
    this.#ending.catch((error: unknown) => this.lines.push(String(error)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > keptLines) this.lines.shift();
      });
    }
  }

  /** Waits until `check` no longer throws. @throws its last error, or the program's last words when it ended before. */
  async started<Result>(check: () => Promise<Result> | Result): Promise<Result> {
    const ended = this.#ending.then(() => {
      throw new Error(`${this.#name} ended by itself:\n${this.lines.slice(-20).join('\n')}`);
    });
    return Promise.race([ended, vi.waitFor(check, { timeout: startLimit, interval: 100 })]);
  }

  /** Waits until it has ended. @throws its last words when it failed. */
  async succeeded(): Promise<void> {
    await this.#ending;
    if (this.#child.exitCode === 0) return;
    throw new Error(`${this.#name} ended with ${this.#child.exitCode}:\n${this.lines.slice(-20).join('\n')}`);
  }

  /** Ends it, with a crash unless another signal is given, and waits until it is gone. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ending.catch(() => undefined);
  }
}
