import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How many attempts of an outside effect are of unknown outcome, so that there can be a bound on trying it again. The index
 * is for counting those that are open.
 */
export class CountUnconfirmedAttempts1760000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE inbox_message ADD COLUMN unconfirmed integer NOT NULL DEFAULT 0`);
    await runner.query(
      `CREATE INDEX inbox_message_unconfirmed ON inbox_message (handler) WHERE state = 'claimed' AND unconfirmed > 0`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX inbox_message_unconfirmed`);
    await runner.query(`ALTER TABLE inbox_message DROP COLUMN unconfirmed`);
  }
}
