import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** To which version a tenant goes back when rules that were to leave it find no place in another one. */
export class MovingRules1796310000000 implements MigrationInterface {
  readonly name = 'MovingRules1796310000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant_state ADD COLUMN settled_version integer');
    await runner.query(`UPDATE tenant_state AS state SET settled_version = CASE
      WHEN wanted <= applied AND version = good_version THEN version
      ELSE (SELECT max(attempt.version) FROM apply_attempt AS attempt WHERE attempt.device = state.device
        AND attempt.tenant = state.tenant AND outcome = 'applied' AND purpose = 'change')
      END`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant_state DROP COLUMN settled_version');
  }
}
