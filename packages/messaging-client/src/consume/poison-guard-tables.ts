import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which process holds which partition: written when it is taken, removed when it is released. And, after a holder crashed
 * without releasing it, every attempt that has started and not ended.
 */
export class CreatePoisonGuard1760000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE partition_holder (
        consumer_group text NOT NULL,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        -- A process, by the lock that it holds; see instance-lock.ts
        held_by     integer NOT NULL,
        since       timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer_group, topic, "partition")
      )`);
    await runner.query(`
      CREATE TABLE started_attempt (
        consumer_group text NOT NULL,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        "offset"    bigint NOT NULL,
        starts      integer NOT NULL DEFAULT 1,
        started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer_group, topic, "partition", "offset")
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE started_attempt`);
    await runner.query(`DROP TABLE partition_holder`);
  }
}
