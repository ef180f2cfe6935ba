import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What is asked of a rule's addresses, and of a namespace's audit, without reading those of everybody else. */
export class Lookups1796300000000 implements MigrationInterface {
  readonly name = 'Lookups1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX grant_hold_of_rule ON grant_hold (cluster, rule_uid, prefix) WHERE to_version IS NULL',
    );
    await runner.query('CREATE INDEX audit_entry_of_namespace ON audit_entry (namespace, position)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX audit_entry_of_namespace');
    await runner.query('DROP INDEX grant_hold_of_rule');
  }
}
