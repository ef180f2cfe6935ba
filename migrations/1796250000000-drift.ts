import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a device no longer holds as it was applied, and ranges of one version that were interrupted by it. */
export class Drift1796250000000 implements MigrationInterface {
  readonly name = 'Drift1796250000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE tenant_drift (
      device text NOT NULL,
      tenant text NOT NULL,
      action text,
      since timestamptz,
      position bigint NOT NULL,
      message text,
      reordered boolean NOT NULL,
      digest text,
      repairs integer NOT NULL,
      repaired_at timestamptz,
      seen_at timestamptz NOT NULL,
      PRIMARY KEY (device, tenant)
    )`);
    await runner.query('ALTER TABLE grant_hold DROP CONSTRAINT grant_hold_pkey');
    await runner.query(
      `ALTER TABLE grant_hold
       ADD PRIMARY KEY (device, tenant, cluster, rule_uid, prefix, route_domain, from_version, from_earliest)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE grant_hold DROP CONSTRAINT grant_hold_pkey');
    await runner.query(
      `ALTER TABLE grant_hold
       ADD PRIMARY KEY (device, tenant, cluster, rule_uid, prefix, route_domain, from_version)`,
    );
    await runner.query('DROP TABLE tenant_drift');
  }
}
