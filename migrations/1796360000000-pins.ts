import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Tenants that are held at the rules of an earlier version, these rules, and the addresses that they apply to. */
export class Pins1796360000000 implements MigrationInterface {
  readonly name = 'Pins1796360000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE tenant_pin (
      device text NOT NULL,
      tenant text NOT NULL,
      version integer NOT NULL,
      position bigint NOT NULL,
      since timestamptz NOT NULL,
      actor jsonb NOT NULL,
      reason text NOT NULL,
      PRIMARY KEY (device, tenant)
    )`);
    await runner.query(`CREATE TABLE pinned_rule (
      cluster text NOT NULL,
      tenant text NOT NULL,
      uid text NOT NULL,
      accepted jsonb NOT NULL,
      form_position bigint NOT NULL,
      standing jsonb,
      PRIMARY KEY (cluster, tenant, uid)
    )`);
    await runner.query(`CREATE TABLE pinned_grant (
      cluster text NOT NULL,
      tenant text NOT NULL,
      rule_uid text NOT NULL,
      from_position bigint NOT NULL,
      prefix text NOT NULL,
      route_domain integer NOT NULL,
      device text NOT NULL,
      form_position bigint NOT NULL,
      namespace text NOT NULL,
      pod_uid text,
      pod_name text,
      from_time timestamptz NOT NULL,
      to_position bigint,
      to_time timestamptz,
      PRIMARY KEY (cluster, tenant, rule_uid, from_position, prefix, route_domain)
    )`);
    await runner.query(
      `CREATE UNIQUE INDEX pinned_grant_open ON pinned_grant (cluster, tenant, rule_uid, prefix, route_domain)
       WHERE to_position IS NULL`,
    );
    await runner.query(
      `CREATE INDEX pinned_grant_lookup ON pinned_grant
       USING gist (CAST(prefix AS inet) inet_ops, tstzrange(from_time, to_time))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['pinned_grant', 'pinned_rule', 'tenant_pin']) await runner.query(`DROP TABLE ${table}`);
  }
}
