import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Since when a tenant has been waiting for its device. */
export class PendingSince1795200000000 implements MigrationInterface {
  readonly name = 'PendingSince1795200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant_state ADD COLUMN pending_since timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant_state DROP COLUMN pending_since');
  }
}
