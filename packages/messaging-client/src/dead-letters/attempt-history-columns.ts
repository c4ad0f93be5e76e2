import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The failed attempts of a record, newest last: `[{ at, attempt, error }, …]`. */
export class AddAttemptHistory1760000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['parked_record', 'dead_letter']) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN history json NOT NULL DEFAULT '[]'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['parked_record', 'dead_letter']) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN history`);
    }
  }
}
