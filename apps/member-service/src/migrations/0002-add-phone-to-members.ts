import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A column without a value for those who signed up before: no table is rewritten, and the version before can go on. */
export class AddPhoneToMembers1760000001002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE member ADD COLUMN phone text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE member DROP COLUMN phone`);
  }
}
