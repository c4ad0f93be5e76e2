import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Records that wait for their next attempt, and records of the same key that wait behind them.
 *
 * Only the head of a lane has `due_at`, and only while no dead letter holds the lane; see settle-lane.ts.
 * `recorded_at` is part of a record's identity: a topic that was recreated has the same offsets again.
 */
export class CreateParkedRecordTable1760000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE parked_record (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text NOT NULL,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        "offset"    bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        key         bytea,
        -- A key may be too long for an index; its hash never is.
        lane        bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(key, ''::bytea))) STORED,
        value       bytea,
        -- [[name, base64 of the value], …], as in dead_letter
        headers     json NOT NULL,
        event_id    text,
        event       text,
        attempts    integer NOT NULL,
        -- The attempts that count towards giving up.
        failures    integer NOT NULL,
        due_at      timestamptz,
        error       text,
        redrives    integer NOT NULL DEFAULT 0,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (consumer_group, topic, "partition", "offset", recorded_at)
      )`);
    await runner.query(
      `CREATE INDEX parked_record_lane ON parked_record (consumer_group, topic, "partition", lane, "offset")`,
    );
    await runner.query(
      `CREATE INDEX parked_record_due ON parked_record (consumer_group, due_at) WHERE due_at IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX parked_record_head ON parked_record (consumer_group, topic, "partition", lane)
        WHERE due_at IS NOT NULL`,
    );
    // For the oldest records of a handler, which become dead letters at the age that it names.
    await runner.query(
      `CREATE INDEX parked_record_age ON parked_record (consumer_group, coalesce(event, ''), created_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE parked_record`);
  }
}
