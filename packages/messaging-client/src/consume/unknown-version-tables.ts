import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records of an unknown version can be counted while they are parked, and have their own reason as dead letters. */
export class AddUnknownVersion1760000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE parked_record ADD COLUMN error_code text`);
    await runner.query(
      `CREATE INDEX parked_record_unknown_version ON parked_record (consumer_group, created_at)
        WHERE error_code = 'EVENT_VERSION_UNKNOWN'`,
    );
    await runner.query(`
      ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_reason_check, ADD CONSTRAINT dead_letter_reason_check
        CHECK (reason IN ('undecodable', 'invalid', 'unknown-version', 'permanent', 'exhausted', 'poison', 'expired'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE dead_letter SET reason = 'invalid' WHERE reason = 'unknown-version'`);
    await runner.query(`
      ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_reason_check, ADD CONSTRAINT dead_letter_reason_check
        CHECK (reason IN ('undecodable', 'invalid', 'permanent', 'exhausted', 'poison', 'expired'))`);
    await runner.query(`ALTER TABLE parked_record DROP COLUMN error_code`);
  }
}
