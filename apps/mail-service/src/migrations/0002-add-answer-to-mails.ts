import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddAnswerToMails1760000003002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Without a default it changes the catalog alone, so that a table of millions of mails is not rewritten. The mails of
    // before have none.
    await runner.query(`ALTER TABLE mail ADD COLUMN answer text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE mail DROP COLUMN answer`);
  }
}
