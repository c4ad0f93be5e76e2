import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For finding old rows. Rows come in the order of their age, so the smallest and largest of each stretch of the table will
 * do, and a handler pays nothing for it; a sorted index would be one more write for every record.
 */
export class IndexInboxByAge1760000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX inbox_message_age ON inbox_message USING brin (created_at) WITH (autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX inbox_message_age`);
  }
}
