import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What was asked for of tenants that left the configuration, and what came of it. */
export class Removal1796500000000 implements MigrationInterface {
  readonly name = 'Removal1796500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE tenant_removal (
      device text NOT NULL,
      tenant text NOT NULL,
      position bigint NOT NULL,
      dry_run boolean NOT NULL,
      reason text,
      actor jsonb NOT NULL,
      asked_at timestamptz NOT NULL,
      state text NOT NULL,
      finding jsonb,
      ended_at timestamptz,
      PRIMARY KEY (device, tenant)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tenant_removal');
  }
}
