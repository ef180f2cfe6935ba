import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type JsonValue } from '#core/json';

/** A module of ours that runs in a process of its own, without a build. */
export interface TypeScriptProcess {
  /** The lines that it has written to standard output so far. */
  readonly lines: readonly string[];
  /** What it has written to standard error so far. */
  readonly errors: () => string;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Vite's module runner resolves our `#lib/…` imports to their sources; packages are left to Node. */
const loader = `
  import { runnerImport } from 'vite';
  const [file, input] = process.argv.slice(1);
  const conditions = ['ces-source', 'node'];
  const resolve = { conditions, externalConditions: conditions, noExternal: [/^#/] };
  const config = { configFile: false, logLevel: 'error', environments: { inline: { resolve } } };
  const { module } = await runnerImport(file, config);
  await module.run(JSON.parse(input));
`;

/** Starts a process that calls the `run` that `module` exports, with `input`; `environment` is added to ours. */
export function startTypeScript(
  module: URL,
  input: JsonValue,
  environment: Readonly<Record<string, string>> = {},
): TypeScriptProcess {
  const file = fileURLToPath(module);
  const argv = ['--input-type=module', '--eval', loader, file, JSON.stringify(input)];
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, argv, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    lines,
    errors: () => errors,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
