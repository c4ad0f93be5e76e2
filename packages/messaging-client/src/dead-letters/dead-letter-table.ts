import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records given up on, byte for byte, with what is needed to understand them and to try them again. */
export class CreateDeadLetter1760000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dead_letter (
        id          uuid PRIMARY KEY DEFAULT uuidv7(),
        consumer_group text NOT NULL,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        "offset"    bigint NOT NULL,
        key         bytea,
        value       bytea,
        -- [[name, base64 of the value], …]: a header may come twice and need not be text
        headers     json NOT NULL,
        event_id    text,
        event       text,
        reason      text NOT NULL CHECK (reason IN ('undecodable', 'invalid', 'permanent')),
        error       text NOT NULL,
        attempts    integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- The same record given up on twice is one dead letter.
        UNIQUE (consumer_group, topic, "partition", "offset")
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE dead_letter`);
  }
}
