import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class CreateCustomers1760000002001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE customer (
        member_id uuid PRIMARY KEY,
        email     text NOT NULL,
        name      text NOT NULL,
        locale    text NOT NULL,
        as_of     timestamptz(3) NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE customer`);
  }
}
