import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a device took of a declaration of Common that it refused: AS3 applies Common in two transactions. */
export class TakenParts1796100000000 implements MigrationInterface {
  readonly name = 'TakenParts1796100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE apply_attempt ADD COLUMN taken text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE apply_attempt DROP COLUMN taken');
  }
}
