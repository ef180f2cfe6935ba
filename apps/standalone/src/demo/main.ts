import 'reflect-metadata';
import { systemClock } from '#platform/clock';
import { createLogger } from '#platform/logger';
import { readSettings } from '#platform/settings';
import { Command, InvalidArgumentError } from 'commander';
import { fileURLToPath } from 'node:url';
import { type DemoOptions, startDemo } from './demo.js';
import { createTerminal } from './terminal.js';

/** The samples, as seen from where this file is built to. */
const samples = fileURLToPath(new URL('../../../../../k8s/samples/', import.meta.url));

interface Flags {
  readonly once: boolean;
  readonly kubeconfig?: string;
  readonly config: string;
  readonly port: number;
  readonly verbose: boolean;
}

await new Command('demo')
  .description(
    'Container Egress Services on this machine: the whole system in one process, between a simulated cluster and a simulated BIG-IP.',
  )
  .option('--once', 'end after the story, with a last line of JSON that says what happened', false)
  .option('--kubeconfig <file>', 'follow this cluster instead of the simulated one; --config names its namespaces')
  .option('--config <file>', 'ces-conf.yaml', `${samples}ces-conf.yaml`)
  .option('--port <number>', 'port of the API; 0 takes any free one', parsePort, 0)
  .option('--verbose', 'show the log', false)
  .action(run)
  .parseAsync();

async function run(flags: Flags): Promise<void> {
  const terminal = createTerminal(process.stdout);
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort(new Error('stopped'));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { signal } = stopping;
  try {
    await present(flags, {
      settings: readSettings('demo', {
        arguments: flags.kubeconfig === undefined ? [] : ['--kubeconfig', flags.kubeconfig],
      }),
      configurationFile: flags.config,
      manifests: `${samples}manifests`,
      port: flags.port,
      terminal,
      clock: systemClock,
      logger: createLogger({ app: 'demo', level: flags.verbose ? 'info' : 'error' }),
      signal,
    });
  } catch (error) {
    if (signal.aborted) return;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function present(flags: Flags, options: DemoOptions): Promise<void> {
  const { terminal, signal } = options;
  const demo = await startDemo(options);
  try {
    const summary = await demo.play();
    if (!flags.once) {
      terminal.chapter('The system stays up');
      terminal.line(`API: ${demo.apiUrl}/api/v1/rules`);
      terminal.line(`CLI: CES_API_URL=${demo.apiUrl} node dist/apps/ces/src/main.js status`);
      terminal.line('Press Ctrl-C to stop.');
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      return;
    }
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    if (!summary.converged) process.exitCode = 1;
  } finally {
    await demo.stop();
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
