import { type Command } from 'commander';

/** What the offline commands read. */
export interface InputFlags {
  readonly config: string;
  readonly filename: readonly string[];
  readonly cesNamespace: string;
}

export function inputOptions(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'ces-conf.yaml')
    .option(
      '-f, --filename <path>',
      'a manifest, a directory of them, or - for standard input; may be given again',
      collect,
      [],
    )
    .option('--ces-namespace <name>', 'where cluster rules find their external services', 'kube-system');
}

function collect(path: string, paths: readonly string[]): string[] {
  return [...paths, path];
}
