import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readContent } from './content-file.js';
import { startBigipSimulator } from './simulator.js';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly name: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly caFile?: string;
  readonly as3Version: string;
  readonly schemaDir?: string;
  readonly provision: readonly string[];
  readonly content?: string;
  readonly tenantLatency: number;
  readonly objectLatency: number;
  readonly syncLimit: number;
}

const program = new Command('bigip-simulator')
  .description('A BIG-IP with AS3, in memory, as unkind as the real thing. See README.md for its /simulator endpoints.')
  .option('--host <address>', 'address to listen on; 0.0.0.0 lets others in', '127.0.0.1')
  .addOption(option('--port <number>', 'port; 0 takes any free one', 'PORT').argParser(parsePort).default(8_443))
  .option('--name <dns name...>', 'further names for its certificate', [])
  .addOption(option('--username <name>', 'who may log in', 'BIGIP_SIMULATOR_USERNAME').default('admin'))
  .addOption(option('--password <text>', 'with which password', 'BIGIP_SIMULATOR_PASSWORD').default('admin', 'admin'))
  .option('--ca-file <file>', 'where to write the authority of its certificate, made anew at each start')
  .option('--as3-version <version>', 'the AS3 that it behaves as', '3.56.0')
  .addOption(option('--schema-dir <directory>', "folder of F5's files as3-schema-VERSION.json", 'AS3_SCHEMA_DIR'))
  .option('--provision <module...>', 'modules beside LTM', ['afm'])
  .option('--content <file>', 'JSON with partitions, routeDomains, iRules and vlans that stand there already')
  .option('--tenant-latency <milliseconds>', 'time that AS3 takes for each tenant', parseCount, 200)
  .option('--object-latency <milliseconds>', 'time that AS3 takes for each object', parseCount, 1)
  .option('--sync-limit <milliseconds>', 'time after which a synchronous declare gets 202', parseCount, 45_000)
  .action(run);

async function run(flags: Flags): Promise<void> {
  const { host, port, name, username, password, as3Version, schemaDir, provision, content, caFile } = flags;
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const simulator = await startBigipSimulator({
    host,
    port,
    names: name,
    username,
    password,
    as3Version,
    provisioned: provision,
    latency: { perTenant: flags.tenantLatency, perObject: flags.objectLatency },
    synchronousLimit: flags.syncLimit,
    ...(schemaDir === undefined ? {} : { schemaDirectory: schemaDir }),
    ...(content === undefined ? {} : { content: await readContent(content) }),
  });
  if (caFile !== undefined) await writeFile(caFile, simulator.caCertificate);
  say(`AS3 ${as3Version}, declarations checked with ${simulator.schemaSource ?? 'the built-in schema'}`);
  say(`listening on ${simulator.url}`);
  await stopped;
  await simulator.close();
  say('stopped');
}

function option(flags: string, description: string, variable: string): Option {
  return new Option(flags, description).env(variable);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('Give a whole number.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`bigip-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
