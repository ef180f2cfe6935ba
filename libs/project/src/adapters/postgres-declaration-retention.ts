import { type Clock } from '#core/clock';
import { parseConfiguration } from '#core/configuration-parser';
import { type DataSource, type EntityManager } from 'typeorm';
import { type DeclarationRetention, type RetentionLimit } from '../ports/retention.js';
import { query } from './sql.js';

const day = 86_400_000;

/** Thins old declarations in Postgres, a few in each transaction, without the locks of anybody who appends to the log. */
export class PostgresDeclarationRetention implements DeclarationRetention {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  async limits(device: string): Promise<readonly RetentionLimit[]> {
    const days = await this.days(device);
    if (days === null) return [];
    return query(
      this.source,
      `SELECT tenant, max(version) AS before FROM apply_attempt
       WHERE device = $1 AND outcome = 'applied' AND concluded_at < $2 GROUP BY tenant ORDER BY tenant`,
      [device, new Date(this.clock.now().getTime() - days * day)],
    );
  }

  thin(device: string, limit: RetentionLimit, most: number): Promise<number> {
    return this.source.transaction('READ COMMITTED', async (transaction) => {
      const versions = await thinnable(transaction, device, limit, most);
      if (versions.length > 0) await thinVersions(transaction, device, limit.tenant, versions);
      return versions.length;
    });
  }

  /** The longest of what the clusters of a device say; null when none is configured. */
  private async days(device: string): Promise<number | null> {
    const rows = await query<{ text: string }>(
      this.source,
      'SELECT configuration_text AS text FROM cluster WHERE device = $1 AND configuration_text IS NOT NULL',
      [device],
    );
    // A text that is not understood any more may have asked for longer than the others: nothing is thinned.
    const days = rows.map(({ text }) => parseConfiguration(text).configuration?.keepDeclarations ?? Infinity);
    const longest = Math.max(...days);
    return Number.isFinite(longest) ? longest : null;
  }
}

/** What the device holds, what it fell or falls back to, a pin, and what came after all of these, stay whole. */
async function thinnable(
  transaction: EntityManager,
  device: string,
  { tenant, before }: RetentionLimit,
  most: number,
): Promise<readonly number[]> {
  const rows = await query<{ version: number }>(
    transaction,
    `SELECT version FROM declaration AS old
     WHERE device = $1 AND tenant = $2 AND version < $3 AND rule_ids IS NULL
       AND EXISTS (SELECT FROM apply_attempt AS attempt WHERE attempt.device = $1 AND attempt.tenant = $2
         AND attempt.version = old.version AND outcome IS NOT NULL)
       AND NOT EXISTS (SELECT FROM tenant_state AS state WHERE state.device = $1 AND state.tenant = $2
         AND (state.version IS NULL OR old.version >= state.version
           OR old.version IN (state.good_version, state.settled_version)))
       AND NOT EXISTS (SELECT FROM tenant_pin AS pin WHERE pin.device = $1 AND pin.tenant = $2
         AND pin.version = old.version)
     ORDER BY version LIMIT $4 FOR UPDATE OF old SKIP LOCKED`,
    [device, tenant, before, most],
  );
  return rows.map(({ version }) => version);
}

const digest = `sha256(convert_to(rule::text, 'UTF8'))`;

async function thinVersions(
  transaction: EntityManager,
  device: string,
  tenant: string,
  versions: readonly number[],
): Promise<void> {
  const parameters = [device, tenant, versions];
  // In the order of their digests, so that two devices that have rules in common never wait for each other in a circle.
  await query(
    transaction,
    `INSERT INTO declared_rule (digest, rule)
     SELECT DISTINCT ON (digest) digest, rule FROM (
       SELECT ${digest} AS digest, rule FROM declaration, jsonb_array_elements(rules) AS rule
       WHERE device = $1 AND tenant = $2 AND version = ANY ($3)) AS found
     ORDER BY digest ON CONFLICT (digest) DO NOTHING`,
    parameters,
  );
  await query(
    transaction,
    `UPDATE declaration SET rules = NULL, body = NULL, rule_ids = ARRAY (
       SELECT id FROM jsonb_array_elements(declaration.rules) WITH ORDINALITY AS part (rule, n)
         JOIN declared_rule ON declared_rule.digest = ${digest.replace('rule::', 'part.rule::')}
       ORDER BY n)
     WHERE device = $1 AND tenant = $2 AND version = ANY ($3)`,
    parameters,
  );
}
