import { compileTenant } from '#compile/compile-tenant';
import { type Command, Option } from 'commander';
import { exitCode } from '../exit-code.js';
import { describeRemark, readCluster } from '../offline/cluster.js';
import { type InputFlags, inputOptions } from './input-options.js';

interface Flags extends InputFlags {
  readonly output: 'text' | 'json';
}

/** `ces validate`: judges a configuration and manifests; exit code 1 when something is wrong with them. */
export function addValidate(program: Command): void {
  inputOptions(program.command('validate'))
    .description('judge ces-conf.yaml and manifests: what is wrong, where, and what to do about it')
    .addOption(new Option('--output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .action(validate);
}

async function validate(flags: Flags): Promise<void> {
  const cluster = await readCluster(flags.config, flags.filename, flags.cesNamespace);
  const leftOut = cluster.tenants.flatMap(
    (desired) => compileTenant({ desired, as3Version: newestAs3, stored: null })?.leftOut ?? [],
  );
  const remarks = [
    ...cluster.remarks,
    ...leftOut.map(({ uid, problem }) => ({
      ...(cluster.place(uid) ?? { file: flags.config, line: 1 }),
      severity: 'error' as const,
      message: problem.message,
    })),
  ];
  const errors = remarks.filter(({ severity }) => severity === 'error').length;
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(remarks, null, 2)}\n`);
  else {
    for (const remark of remarks) process.stdout.write(`${describeRemark(remark)}\n`);
    const rules = cluster.tenants.reduce((sum, { rules: own }) => sum + own.length, 0);
    process.stdout.write(
      `${String(rules)} rules to declare, ${String(errors)} errors, ${String(remarks.length - errors)} warnings\n`,
    );
  }
  if (errors > 0) process.exitCode = exitCode.finding;
}

const newestAs3 = '3.56.0';
