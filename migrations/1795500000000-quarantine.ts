import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Rules that a device refuses. */
export class Quarantine1795500000000 implements MigrationInterface {
  readonly name = 'Quarantine1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE quarantine (
      device text NOT NULL,
      tenant text NOT NULL,
      cluster text NOT NULL,
      rule_uid text NOT NULL,
      definition text NOT NULL,
      reason text NOT NULL,
      message text NOT NULL,
      since timestamptz NOT NULL,
      tries integer NOT NULL,
      retry_at timestamptz NOT NULL,
      attempt bigint,
      PRIMARY KEY (device, tenant, cluster, rule_uid)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE quarantine');
  }
}
