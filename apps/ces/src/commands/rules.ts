import { type RulePhase, rulePhases } from '#core/status';
import { type RuleFilter } from '#project/ports/queries';
import { type Command, InvalidArgumentError } from 'commander';
import { allPages } from '../online/all-pages.js';
import { type ApiFlags, apiOptions, connectApi } from '../online/api.js';
import { findRule } from '../online/find-rule.js';
import { parseKind } from '../online/kinds.js';
import { describeRule } from '../online/rule-description.js';
import { ruleTable } from '../online/rule-table.js';
import { type Terminal } from '../terminal.js';

interface Flags extends ApiFlags, RuleFilter {}

/** `ces rules`: all rules with their status, or one with its addresses and its problems. */
export function addRules(program: Command, terminal: Terminal): void {
  apiOptions(program.command('rules'))
    .description('list the rules with their status, or show one with its addresses and its problems')
    .argument('[rule]', 'name or uid of one rule')
    .option('-n, --namespace <name>', 'only those of this namespace')
    .option('--kind <kind>', 'only those of this kind, or short name (svcgr)', parseKind)
    .option('--phase <phase>', `only those in this phase: ${rulePhases.join(', ')}`, parsePhase)
    .option('--tenant <name>', 'only those declared in this tenant')
    .option('--cluster <name>', 'only those of this cluster')
    .addHelpText('after', examples)
    .action((rule: string | undefined, flags: Flags) =>
      rule === undefined ? listRules(flags, terminal) : showRule(rule, flags, terminal),
    );
}

const examples = `
Examples:
  ces rules --namespace shop --phase Failed
  ces rules web-to-bank --namespace shop
  ces rules --output json | jq -r '.[] | select(.addresses == 0) | .name'`;

async function listRules({ apiUrl, output, ...filter }: Flags, terminal: Terminal): Promise<void> {
  const { queries } = connectApi(apiUrl);
  const rules = await allPages((page) => queries.rules(filter, page));
  if (output === 'json') terminal.out(JSON.stringify(rules, null, 2));
  else if (rules.length === 0) terminal.note('There are no such rules.');
  else terminal.out(ruleTable(rules, terminal));
}

async function showRule(nameOrUid: string, { apiUrl, output, ...filter }: Flags, terminal: Terminal): Promise<void> {
  const { queries } = connectApi(apiUrl);
  const rule = await findRule(queries, nameOrUid, filter);
  terminal.out(output === 'json' ? JSON.stringify(rule, null, 2) : describeRule(rule, terminal));
}

function parsePhase(text: string): RulePhase {
  const phase = rulePhases.find((known) => known.toLowerCase() === text.toLowerCase());
  if (phase !== undefined) return phase;
  throw new InvalidArgumentError(`Phases are ${rulePhases.join(', ')}.`);
}
