import { systemClock } from '#platform/clock';
import { readSettings } from '#platform/settings';
import { type Command } from 'commander';
import { parseNumber } from '../arguments.js';
import { describeExamination } from '../doctor/doctor-description.js';
import { exitCodeOf } from '../doctor/examination.js';
import { type ApiFlags, apiOptions, addressOf } from '../online/api.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags {
  readonly process: readonly string[];
  readonly timeout: number;
}

/** `ces doctor`: looks at everything that CES needs, from where it runs, and says what is wrong and what to do. */
export function addDoctor(program: Command, terminal: Terminal): void {
  apiOptions(program.command('doctor'))
    .description('look at the cluster, the database, the stream, the BIG-IP and the processes; say what is wrong')
    .option(
      '--process <url>',
      'ask this process too, for instance http://ces-worker:8083; may be given again',
      append,
      [],
    )
    .option('--timeout <seconds>', 'how long a check may take', parseNumber, 10)
    .addHelpText('after', explanation)
    .action((flags: Flags) => runDoctor(flags, terminal));
}

const explanation = `
It looks at what the environment names (KUBECONFIG, DATABASE_URL, REDIS_URL, BIGIP_URL, CES_CONFIG, as for the
processes), with the account that it has, and changes nothing. What is not named is skipped.

Exit codes: 0 nothing has failed, 1 a check has failed, 2 a setting or ces-conf.yaml cannot be used, 3 something does
not answer; the highest of them counts.

Examples:
  ces doctor
  ces doctor --output json | jq '.checks[] | select(.state == "failed")'`;

async function runDoctor(flags: Flags, terminal: Terminal): Promise<void> {
  // Every other command does without the drivers, and need not wait until they are loaded.
  const { examine } = await import('../doctor/doctor.js');
  const results = await examine({
    settings: readSettings('doctor', { arguments: [] }),
    apiUrl: addressOf(flags.apiUrl),
    named: flags.process.map((url) => addressOf(url, '--process')),
    limit: flags.timeout * 1_000,
    clock: systemClock,
    progress: (text) => {
      terminal.progress(text);
    },
  });
  terminal.out(
    flags.output === 'json' ? JSON.stringify({ checks: results }, null, 2) : describeExamination(results, terminal),
  );
  terminal.exit(exitCodeOf(results));
}

function append(url: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, url];
}
