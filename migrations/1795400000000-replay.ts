import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a replay tells projectors, and the key by which it compares grants. */
export class Replay1795400000000 implements MigrationInterface {
  readonly name = 'Replay1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE cluster ADD COLUMN replayed_at timestamptz');
    await runner.query('DROP INDEX egress_grant_history');
    await runner.query(
      `CREATE UNIQUE INDEX egress_grant_history
       ON egress_grant (cluster, rule_uid, from_position, prefix, route_domain)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX egress_grant_history');
    await runner.query('CREATE INDEX egress_grant_history ON egress_grant (cluster, rule_uid, from_position)');
    await runner.query('ALTER TABLE cluster DROP COLUMN replayed_at');
  }
}
