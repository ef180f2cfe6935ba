import { compileTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Command, InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { exitCode, UsageError } from '../exit-code.js';
import { describeRemark, readCluster } from '../offline/cluster.js';
import { type Remark } from '../offline/manifests.js';
import { inputOptions, type InputFlags } from './input-options.js';

interface Flags extends InputFlags {
  readonly as3: string;
  readonly foreign?: string;
  readonly strict: boolean;
}

/** `ces compile`: what the worker would declare on first contact, without a cluster, a database or a BIG-IP. */
export function addCompile(program: Command): void {
  inputOptions(program.command('compile'))
    .description('print the AS3 requests that manifests come to, as a JSON array; what is left out is said on stderr')
    .option('--as3 <version>', "the BIG-IP's AS3 version", parseVersion, '3.56.0')
    .option(
      '--foreign <file>',
      'a declaration as AS3 stored it (GET …/declare), to keep what others have in our tenants',
    )
    .option('--strict', 'exit with 1 when anything was left out', false)
    .action(compile);
}

async function compile(flags: Flags): Promise<void> {
  const cluster = await readCluster(flags.config, flags.filename, flags.cesNamespace);
  const foreign = flags.foreign === undefined ? {} : await readForeign(flags.foreign);
  const remarks: Remark[] = [...cluster.remarks];
  const requests = cluster.tenants.flatMap((desired) => {
    const compiled = compileTenant({ desired, as3Version: flags.as3, stored: foreign[desired.tenant] ?? null });
    if (compiled === null) return [];
    for (const { uid, problem } of compiled.leftOut) {
      const place = cluster.place(uid) ?? { file: flags.config, line: 1 };
      remarks.push({ ...place, severity: 'error', message: problem.message });
    }
    return [requestFor(compiled, compiled.declaration)];
  });
  for (const remark of remarks) process.stderr.write(`${describeRemark(remark)}\n`);
  process.stdout.write(`[${requests.map((request) => JSON.stringify(request)).join(',\n')}]\n`);
  if (flags.strict && remarks.some(({ severity }) => severity === 'error')) process.exitCode = exitCode.finding;
}

/** Tenants by name, without the keys that guard them. */
async function readForeign(file: string): Promise<Readonly<Record<string, JsonObject>>> {
  const parsed = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as JsonValue)
    .catch((error: unknown) => {
      throw new UsageError(
        `${file} is not a JSON file that can be read: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    });
  const inner = isJsonObject(parsed) && isJsonObject(parsed['declaration']) ? parsed['declaration'] : parsed;
  if (!isJsonObject(inner)) throw new UsageError(`${file} is not a declaration of AS3`);
  return Object.fromEntries(
    Object.entries(inner).flatMap(([name, body]) => {
      if (!isJsonObject(body) || body['class'] !== 'Tenant') return [];
      const { optimisticLockKey: _, ...rest } = body;
      return [[name, rest]];
    }),
  );
}

function parseVersion(text: string): string {
  if (!/^3\.\d{1,3}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError('An AS3 version looks like 3.56.');
  return text.split('.').length === 2 ? `${text}.0` : text;
}
