import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** kubectl in somebody's hands: the one of the PATH, with a kubeconfig of its own and nothing of this machine's user. */
export class Kubectl {
  private constructor(private readonly home: string) {}

  static async as(kubeconfig: string): Promise<Kubectl> {
    const home = await mkdtemp(join(tmpdir(), 'ces-kubectl-'));
    await writeFile(join(home, 'config'), kubeconfig, { mode: 0o600 });
    return new Kubectl(home);
  }

  /** Runs it, with `input` to `-f -`. */
  async try(parameters: readonly string[], input = ''): Promise<Outcome> {
    const environment = { PATH: process.env['PATH'], HOME: this.home, KUBECONFIG: join(this.home, 'config') };
    const child = spawn('kubectl', parameters, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined).end(input);
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code: code ?? -1, output, errors };
  }

  /** Its standard output. @throws Error with kubectl's words when it fails. */
  async run(parameters: readonly string[], input = ''): Promise<string> {
    const { code, output, errors } = await this.try(parameters, input);
    if (code !== 0) throw new Error(`kubectl ${parameters.join(' ')} ended with ${code}: ${errors}`);
    return output;
  }

  async close(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}
