import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './private-redis.js';
import { vi } from 'vitest';

export type AppName = 'watcher' | 'projector' | 'worker' | 'api';

/** Several Node processes start at once on a machine that tests keep busy. */
const startTimeout = { timeout: 150_000, interval: 100 };

/** A process that stands still takes connections, but never answers; in milliseconds. */
const answerTimeout = 10_000;

/** One of our daemons, as it was built, in a process of its own. */
export class AppProcess {
  readonly lines: string[] = [];

  private constructor(
    readonly app: AppName,
    readonly port: number,
    private readonly child: ReturnType<typeof spawn>,
  ) {}

  static async start(app: AppName, environment: Readonly<Record<string, string>>): Promise<AppProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [`dist/apps/${app}/src/main.js`], {
      env: { PATH: process.env['PATH'], ...environment, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new AppProcess(app, port, child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => started.lines.push(line));
    }
    return started;
  }

  /** Waits until it says of itself that it can do its job. */
  async ready(): Promise<void> {
    await vi.waitFor(async () => {
      if (this.child.exitCode !== null) throw new Error(`${this.app} ended: ${this.lines.slice(-5).join('\n')}`);
      const response = await this.fetch('/readyz');
      if (!response.ok) throw new Error(`${this.app} is not ready: ${await response.text()}`);
    }, startTimeout);
  }

  async get(path: string): Promise<unknown> {
    return (await this.fetch(path)).json();
  }

  /** The sum of a metric's values over all labels of which it has these; null while it has none. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | null> {
    const response = await this.fetch('/metrics');
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const lines = (await response.text())
      .split('\n')
      .filter((line) => /^\w+/.exec(line)?.[0] === name && wanted.every((label) => line.includes(label)));
    return lines.length === 0 ? null : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Stops its time, as a paused virtual machine would; `resume` lets it go on as if nothing had been. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** As a crash would end it. */
  kill(): Promise<number | null> {
    return this.end('SIGKILL');
  }

  /** As Kubernetes ends it; gives the exit code. */
  stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  private fetch(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(answerTimeout) });
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
    return this.child.exitCode;
  }
}
