import { compileTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { type Command } from 'commander';
import { exitCode, UsageError } from '../exit-code.js';
import { describeRemark, inOrder, leftOutRemarks, readCluster } from '../offline/cluster.js';
import { type ForeignTenants, readForeign } from '../offline/foreign.js';
import { type Terminal } from '../terminal.js';
import { as3VersionOption, refusalOf } from './as3-version-option.js';
import { inputOptions, type InputFlags } from './input-options.js';

interface Flags extends InputFlags {
  readonly as3: string;
  readonly foreign?: string;
  readonly strict: boolean;
}

/** `ces compile`: what the worker would declare on first contact, without a cluster, a database or a BIG-IP. */
export function addCompile(program: Command, terminal: Terminal): void {
  inputOptions(program.command('compile'))
    .description('print the AS3 requests that manifests come to, as a JSON array; what is left out is said on stderr')
    .addOption(as3VersionOption())
    .option('--foreign <file>', 'what AS3 holds (GET …/declare), to keep what others have in our tenants')
    .option('--strict', 'exit with 1 when anything was left out', false)
    .addHelpText('after', examples)
    .action((flags: Flags) => compile(flags, terminal));
}

const examples = `
Each request is one line: the bytes that the worker would send. For people: ces compile … | jq .
Without a Pod in the manifests, every endpoint of a Service counts.

Examples:
  ces compile --config ces-conf.yaml -f rules/
  kubectl get ns,pods,svc,endpointslices,exsvc,cgr,nsgr,svcgr,podgr -A -o yaml | ces compile --config ces-conf.yaml -f -`;

async function compile(flags: Flags, terminal: Terminal): Promise<void> {
  const cluster = await readCluster(flags.config, flags.filename, flags.cesNamespace);
  const refusal = refusalOf(flags.as3, cluster.configuration);
  if (refusal !== null) throw new UsageError(refusal);
  const foreign: ForeignTenants = flags.foreign === undefined ? {} : await readForeign(flags.foreign);
  const compiled = cluster.tenants.flatMap((desired) => {
    const stored = foreign[desired.tenant] ?? null;
    return compileTenant({ desired, as3Version: flags.as3, stored }) ?? [];
  });
  const remarks = inOrder([
    ...cluster.remarks,
    ...compiled.flatMap(({ leftOut }) => leftOutRemarks(leftOut, cluster.place, flags.config)),
  ]);
  for (const remark of remarks) terminal.note(describeRemark(remark));
  for (const { tenant, steps } of compiled) {
    if (steps.length === 1) continue;
    terminal.note(
      `${tenant}: this is the last of ${steps.length} declarations; at once, AS3 would open the firewall for a moment`,
    );
  }
  const requests = compiled.map((result) => JSON.stringify(requestFor(result, result.declaration)));
  terminal.out(`[${requests.join(',\n')}]`);
  if (flags.strict && remarks.some(({ leftOut }) => leftOut)) terminal.exit(exitCode.finding);
}
