import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddPhoneToCustomers1760000002003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE customer ADD COLUMN phone text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE customer DROP COLUMN phone`);
  }
}
