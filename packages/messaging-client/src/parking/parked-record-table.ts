import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Records that wait for their next attempt, and those that wait behind them on their key.
 *
 * `due_at` is there for the head of a lane alone, and only while no dead letter holds the lane; see settle-lane.ts.
 * `recorded_at` belongs to a record's identity: a topic that was deleted and made again has the same offsets anew.
 */
export class CreateParkedRecord1760000000011 implements MigrationInterface {
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
        -- A key may be too long for an index, and its hash never is.
        lane        bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(key, ''::bytea))) STORED,
        value       bytea,
        -- [[name, base64 of the value], …], as in dead_letter
        headers     json NOT NULL,
        event_id    text,
        event       text,
        attempts    integer NOT NULL,
        -- Those of the attempts that count towards giving up.
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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE parked_record`);
  }
}
