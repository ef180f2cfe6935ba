import { type RuleKind } from '#core/kinds';
import { operations } from '#report/api/operations';
import { type RetryBody } from '#report/api/requests';
import { type Command } from 'commander';
import { UsageError } from '../exit-code.js';
import { type Api, type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { findRule } from '../online/find-rule.js';
import { parseKind } from '../online/kinds.js';
import { tellReceipt, type WaitFlags, waitOptions } from '../online/receipt.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, WaitFlags {
  readonly tenant?: string;
  readonly all: boolean;
  readonly namespace?: string;
  readonly kind?: RuleKind;
  readonly cluster?: string;
  readonly device?: string;
  readonly reason?: string;
}

/** `ces retry`: has rules in quarantine tried again now, though nothing of them changed. */
export function addRetry(program: Command, terminal: Terminal): void {
  waitOptions(apiOptions(program.command('retry')))
    .description(
      'try rules in quarantine again now, though nothing of them changed; after the BIG-IP was mended, for instance',
    )
    .argument('[rule]', 'name or uid of one rule')
    .option('--tenant <name>', 'all that are in quarantine of this tenant')
    .option('--all', 'all that are in quarantine', false)
    .option('-n, --namespace <name>', 'the namespace of the rule')
    .option('--kind <kind>', 'the kind of the rule, or its short name (svcgr)', parseKind)
    .option('--cluster <name>', 'the cluster of the rule')
    .option('--device <name>', 'the BIG-IP; the one that ces-conf.yaml names by default')
    .option('--reason <text>', 'why, for the audit')
    .addHelpText('after', examples)
    .action((rule: string | undefined, flags: Flags) => retry(rule, flags, terminal));
}

const examples = `
Examples:
  ces retry web-to-bank --namespace shop
  ces retry --tenant shop --wait
  ces retry --all --reason 'The resolver of the BIG-IP is mended.'`;

async function retry(rule: string | undefined, flags: Flags, terminal: Terminal): Promise<void> {
  const ways = [rule !== undefined, flags.tenant !== undefined, flags.all].filter(Boolean);
  if (ways.length !== 1) throw new UsageError('Name a rule, or say --tenant NAME or --all.');
  const { device, reason } = flags;
  const api = connectApi(flags.apiUrl);
  const body: RetryBody = {
    of: await whatOf(rule, flags, api),
    ...(device === undefined ? {} : { device }),
    ...(reason === undefined ? {} : { reason }),
  };
  const receipt = await api.connection.call(operations.retry, { body });
  const { rules, tenants, position } = receipt;
  const asked = `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} of ${tenants.join(', ')}: to be tried again, at position ${position}.`;
  await tellReceipt({ receipt, asked, api, flags, terminal });
}

async function whatOf(rule: string | undefined, flags: Flags, { queries }: Api): Promise<RetryBody['of']> {
  if (rule === undefined) return { tenants: flags.tenant === undefined ? 'all' : [flags.tenant] };
  const { namespace, kind, cluster } = flags;
  const filter = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(kind === undefined ? {} : { kind }),
    ...(cluster === undefined ? {} : { cluster }),
  };
  const found = await findRule(queries, rule, filter);
  return { cluster: found.cluster, uid: found.uid };
}
