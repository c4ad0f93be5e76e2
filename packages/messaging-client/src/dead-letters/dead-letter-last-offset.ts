import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A dead letter may be a whole batch that could not be decoded. */
export class LetDeadLettersBeBatches1760000000060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // NULL for a record. A batch has its first offset as offset, and its bytes as value.
    await runner.query(`ALTER TABLE dead_letter ADD COLUMN last_offset bigint`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE dead_letter DROP COLUMN last_offset`);
  }
}
