import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For finding the mails whose time is over. They come in the order of their age, so little is enough. */
export class IndexMailByAge1795200000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX mail_age ON mail USING brin (created_at) WITH (autosummarize = on)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX mail_age`);
  }
}
