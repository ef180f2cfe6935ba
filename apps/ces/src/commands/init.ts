import { type Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { UsageError } from '../exit-code.js';
import { commentedConfiguration } from '../offline/commented-configuration.js';
import { type Terminal } from '../terminal.js';

interface Flags {
  readonly output: string;
  readonly force: boolean;
}

/** `ces init`: a ces-conf.yaml to begin with, every key explained. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write a commented ces-conf.yaml')
    .option('--output <file>', 'where to; - for standard output', 'ces-conf.yaml')
    .option('--force', 'overwrite what is there', false)
    .action((flags: Flags) => init(flags, terminal));
}

async function init({ output, force }: Flags, terminal: Terminal): Promise<void> {
  if (output === '-') {
    terminal.out(commentedConfiguration.trimEnd());
    return;
  }
  await writeFile(output, commentedConfiguration, { flag: force ? 'w' : 'wx' }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'EEXIST') throw new UsageError(`${output} is there already; --force overwrites it`);
    throw new UsageError(`${output} cannot be written (${code})`);
  });
  terminal.note(`${output} is written. Next: adapt it, then ces validate --config ${output} -f MANIFESTS`);
}
