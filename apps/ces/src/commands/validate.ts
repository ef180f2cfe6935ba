import { compileTenant } from '#compile/compile-tenant';
import { type Command, Option } from 'commander';
import { exitCode } from '../exit-code.js';
import { describeRemark, inOrder, InvalidConfigurationFile, leftOutRemarks, readCluster } from '../offline/cluster.js';
import { type Remark } from '../offline/manifests.js';
import { type Terminal } from '../terminal.js';
import { as3VersionOption, refusalOf } from './as3-version-option.js';
import { type InputFlags, inputOptions } from './input-options.js';

interface Flags extends InputFlags {
  readonly as3: string;
  readonly output: 'text' | 'json';
}

interface Judgement {
  readonly rules: number;
  readonly remarks: readonly Remark[];
}

/** `ces validate`: judges a configuration and manifests; exit code 1 when something is wrong with them. */
export function addValidate(program: Command, terminal: Terminal): void {
  inputOptions(program.command('validate'))
    .description('judge ces-conf.yaml and manifests: what is wrong, where, and what to do about it')
    .addOption(as3VersionOption())
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples)
    .action((flags: Flags) => validate(flags, terminal));
}

const examples = `
Errors are what CES would leave out, or cannot work with: exit code 1. Warnings say what may surprise.

Examples:
  ces validate --config ces-conf.yaml
  ces validate --config ces-conf.yaml -f rules/ --output json`;

async function validate(flags: Flags, terminal: Terminal): Promise<void> {
  const { rules, remarks } = await judge(flags);
  const errors = remarks.filter(({ severity }) => severity === 'error').length;
  if (flags.output === 'json') terminal.out(JSON.stringify(remarks, null, 2));
  else {
    for (const remark of remarks) terminal.out(describeRemark(remark));
    const counts = [counted(rules, 'rule'), counted(errors, 'error'), counted(remarks.length - errors, 'warning')];
    terminal.out(counts.join(', '));
  }
  if (errors > 0) terminal.exit(exitCode.finding);
}

async function judge(flags: Flags): Promise<Judgement> {
  try {
    const { configuration, tenants, rules, remarks, place } = await readCluster(
      flags.config,
      flags.filename,
      flags.cesNamespace,
    );
    const refusal = refusalOf(flags.as3, configuration);
    const compiled = tenants.flatMap(
      (desired) => compileTenant({ desired, as3Version: flags.as3, stored: null })?.leftOut ?? [],
    );
    const refused: Remark[] =
      refusal === null
        ? leftOutRemarks(compiled, place, flags.config)
        : [{ file: flags.config, line: 1, severity: 'error', message: refusal, leftOut: true }];
    return {
      rules,
      remarks: inOrder([...remarks, ...refused]),
    };
  } catch (error) {
    if (!(error instanceof InvalidConfigurationFile)) throw error;
    return { rules: 0, remarks: error.remarks };
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
