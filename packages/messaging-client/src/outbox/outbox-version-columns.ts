import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An event that is appended in several versions is several rows with one id. */
export class AllowVersionsOfOneEvent1760000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE outbox
        -- All versions in which the event is appended, such as '2,1'; NULL where it is one alone.
        ADD COLUMN data_versions text,
        DROP CONSTRAINT outbox_id_key,
        ADD CONSTRAINT outbox_event_version UNIQUE (id, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE outbox
        DROP COLUMN data_versions,
        DROP CONSTRAINT outbox_event_version,
        ADD CONSTRAINT outbox_id_key UNIQUE (id)`);
  }
}
