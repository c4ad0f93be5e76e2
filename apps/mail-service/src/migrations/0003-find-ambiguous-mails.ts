import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FindAmbiguousMails1760000003003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // They are few among millions, and the first that an operator looks for after an outage.
    await runner.query(`CREATE INDEX mail_ambiguous ON mail (id) WHERE ambiguous`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX mail_ambiguous`);
  }
}
