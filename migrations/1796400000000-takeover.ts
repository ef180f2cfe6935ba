import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the first declaration of a tenant would mean, and who approved it. */
export class Takeover1796400000000 implements MigrationInterface {
  readonly name = 'Takeover1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE takeover (
      device text NOT NULL,
      tenant text NOT NULL,
      digest text NOT NULL,
      finding jsonb NOT NULL,
      position bigint NOT NULL,
      found_at timestamptz NOT NULL,
      approved_digest text,
      approved_by jsonb,
      approved_at timestamptz,
      PRIMARY KEY (device, tenant)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE takeover');
  }
}
