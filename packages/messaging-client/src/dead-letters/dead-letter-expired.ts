import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A record that has waited for longer than its handler allows is a dead letter for that reason. */
export class AddExpiredDeadLetters1760000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letter
        DROP CONSTRAINT dead_letter_reason_check,
        ADD CONSTRAINT dead_letter_reason_check
          CHECK (reason IN ('undecodable', 'invalid', 'permanent', 'exhausted', 'poison', 'expired'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letter
        DROP CONSTRAINT dead_letter_reason_check,
        ADD CONSTRAINT dead_letter_reason_check
          CHECK (reason IN ('undecodable', 'invalid', 'permanent', 'exhausted', 'poison')) NOT VALID`);
  }
}
