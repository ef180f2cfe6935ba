import { SettingsError } from '#platform/settings-error';
import { ApiNotUnderstood, ApiProblem, ApiUnreachable } from '#report/adapters/api-connection';
import { type ProblemDetails, problemType } from '#report/domain/problem-details';
import { Command, CommanderError, Help, type Option } from 'commander';
import { addAudit } from './commands/audit.js';
import { addCompile } from './commands/compile.js';
import { addDeclarations } from './commands/declarations.js';
import { addDoctor } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addGrants } from './commands/grants.js';
import { addInit } from './commands/init.js';
import { addReplay } from './commands/replay.js';
import { addResync } from './commands/resync.js';
import { addRetry } from './commands/retry.js';
import { addRollback } from './commands/rollback.js';
import { addRules } from './commands/rules.js';
import { addStatus } from './commands/status.js';
import { addTakeover } from './commands/takeover.js';
import { addTenants } from './commands/tenants.js';
import { addUnpin } from './commands/unpin.js';
import { addValidate } from './commands/validate.js';
import { exitCode, Unreachable, UsageError } from './exit-code.js';
import { type Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Runs `ces` once.
 * @param parameters what stands behind `ces` on the command line.
 */
export async function runCes(parameters: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createCes(terminal).parseAsync(parameters, { from: 'user' });
  } catch (error) {
    terminal.exit(failed(error, terminal));
  }
}

/** `ces` with all of its commands. */
export function createCes(terminal: Terminal): Command {
  const program = new Command('ces')
    .description('Container Egress Services: egress rules of Kubernetes on an F5 BIG-IP AFM firewall.')
    .version(version)
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text.trimEnd());
      },
      writeErr: (text) => {
        terminal.note(text.trimEnd());
      },
    });
  program.commandsGroup('Offline:');
  addInit(program, terminal);
  addValidate(program, terminal);
  addCompile(program, terminal);
  program.commandsGroup('Over the API:');
  addStatus(program, terminal);
  addRules(program, terminal);
  addTenants(program, terminal);
  addTakeover(program, terminal);
  addDeclarations(program, terminal);
  addGrants(program, terminal);
  addAudit(program, terminal);
  addEvents(program, terminal);
  addResync(program, terminal);
  addRetry(program, terminal);
  addRollback(program, terminal);
  addUnpin(program, terminal);
  program.commandsGroup('On the database:');
  addReplay(program, terminal);
  program.commandsGroup('On everything:');
  addDoctor(program, terminal);
  pointToHelp(program);
  return program;
}

/** As commander has it, but with what has to be given, and without defaults that say that nothing was given. */
function optionDescription(option: Option): string {
  const described = new Help()
    .optionDescription(option)
    .replace(/(, )?default: (false|\[\])/, '')
    .replace(/ \(\)$/, '');
  return option.mandatory ? `${described} (required)` : described;
}

/** After a mistake, each command names its own help. */
function pointToHelp(command: Command, path = command.name()): void {
  command.showHelpAfterError(`Try ${path} --help.`);
  for (const inner of command.commands) pointToHelp(inner, `${path} ${inner.name()}`);
}

/** Says what is wrong, unless commander has, and gives the exit code that stands for it. */
function failed(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  terminal.note(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError || error instanceof SettingsError) return exitCode.usage;
  if (error instanceof ApiNotUnderstood) return exitCode.usage;
  if (error instanceof Unreachable) return exitCode.unreachable;
  if (error instanceof ApiProblem) return exitCodeOf(error.details);
  if (!(error instanceof ApiUnreachable)) return exitCode.finding;
  terminal.note(
    [
      'The API answers on loopback only. In a cluster, make it reachable with',
      '  kubectl --namespace ces-system port-forward deployment/ces-api 8080',
      'and name another address with --api-url or CES_API_URL.',
    ].join('\n'),
  );
  return exitCode.unreachable;
}

/** A request that is wrong is the caller's; what the API cannot or will not answer is out of reach. */
function exitCodeOf({ type, status }: ProblemDetails): number {
  if (type === problemType('not-found')) return exitCode.finding;
  return status === 403 || status >= 500 ? exitCode.unreachable : exitCode.usage;
}
