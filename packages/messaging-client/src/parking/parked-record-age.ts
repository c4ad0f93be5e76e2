import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For finding the oldest records of a handler: they become dead letters at an age that it names. */
export class IndexParkedRecordsByAge1760000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX parked_record_age ON parked_record (consumer_group, coalesce(event, ''), created_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX parked_record_age`);
  }
}
