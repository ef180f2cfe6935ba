import { describeDifference, differences, type ObjectDifference } from '#compile/difference';
import { type JsonObject } from '#core/json';
import { type DeclarationSummary, type ProjectionQueries } from '#project/ports/queries';
import { Finding } from '../exit-code.js';
import { type Terminal } from '../terminal.js';
import { whyText } from './declaration-table.js';
import { printable, timeText } from './wording.js';

/** A declaration beside the one that the device held before it. */
export interface DeclarationStep {
  readonly declaration: DeclarationSummary;
  /** The version that it is compared with; null when the device held none of ours. */
  readonly comparedWith: number | null;
  readonly differences: readonly ObjectDifference[];
  /** The AS3 tenant that was declared. */
  readonly after: JsonObject;
}

/** The AS3 tenant that was declared. */
export interface Declared {
  readonly declaration: DeclarationSummary;
  readonly body: JsonObject;
}

/**
 * Null when there is no such version.
 * @throws Finding when its content is not kept.
 */
export async function readDeclared(
  queries: ProjectionQueries,
  device: string,
  tenant: string,
  version: number,
): Promise<Declared | null> {
  const detail = await queries.declaration(device, tenant, version);
  if (detail === null) return null;
  const { content, ...declaration } = detail;
  if (content === null) throw new Finding(notKept(detail));
  return { declaration, body: content.declaration };
}

/** @throws Finding when the content of the version before it is not kept. */
export async function readStep(queries: ProjectionQueries, { declaration, body }: Declared): Promise<DeclarationStep> {
  const { device, tenant, version } = declaration;
  const before = await appliedBefore(queries, device, tenant, version);
  return {
    declaration,
    comparedWith: before?.version ?? null,
    differences: differences(before?.body ?? null, body),
    after: body,
  };
}

/** What the device held when a version was declared: the last one before it that was applied. */
async function appliedBefore(
  queries: ProjectionQueries,
  device: string,
  tenant: string,
  version: number,
): Promise<{ readonly version: number; readonly body: JsonObject } | null> {
  for (let earlier = version - 1; earlier >= 1; earlier -= 1) {
    const detail = await queries.declaration(device, tenant, earlier);
    if (detail?.outcome !== 'applied') continue;
    if (detail.content === null) throw new Finding(notKept(detail));
    return { version: earlier, body: detail.content.declaration };
  }
  return null;
}

function notKept(declaration: DeclarationSummary): string {
  const { tenant, version, outcome } = declaration;
  if (outcome !== 'applied')
    return `Of version ${version} of "${tenant}" only the outcome is kept: ${whyText(declaration)}`;
  return `What was declared as version ${version} of "${tenant}" is not kept any more (keepDeclarations in ces-conf.yaml); \`ces rollback ${tenant} --to ${version} --dry-run\` shows its rules beside those of today.`;
}

export function describeStep(
  { declaration, comparedWith, differences: changes }: DeclarationStep,
  terminal: Terminal,
): void {
  const { tenant, version, outcome, begunAt } = declaration;
  const why = whyText(declaration);
  terminal.out(
    terminal.paint(
      'bold',
      `${tenant}, version ${version}, ${outcome}${why === '' ? '' : ` (${why})`}, begun ${timeText(begunAt)}`,
    ),
  );
  terminal.out(comparedWith === null ? 'The first of ours on the device.' : `Compared with version ${comparedWith}:`);
  if (changes.length === 0) terminal.out('  no difference');
  for (const change of changes) {
    for (const line of describeDifference(change)) terminal.out(`  ${painted(printable(line), terminal)}`);
  }
}

function painted(line: string, terminal: Terminal): string {
  const sign = line.trimStart()[0];
  if (sign === '+') return terminal.paint('green', line);
  return sign === '-' ? terminal.paint('red', line) : line;
}
