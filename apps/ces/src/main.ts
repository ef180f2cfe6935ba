#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addCompile } from './commands/compile.js';
import { addInit } from './commands/init.js';
import { addValidate } from './commands/validate.js';
import { exitCode, UsageError } from './exit-code.js';

const program = new Command('ces')
  .description('Container Egress Services: egress rules of Kubernetes on an F5 BIG-IP AFM firewall.')
  .version('0.6.0')
  .exitOverride()
  .showHelpAfterError('Try ces --help.');
addInit(program);
addValidate(program);
addCompile(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Says what is wrong, unless commander has, and gives the exit code that stands for it. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) return exitCode.usage;
  return exitCode.finding;
}
