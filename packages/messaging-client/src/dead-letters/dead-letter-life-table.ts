import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A dead letter has a life: it is open until somebody redrives or drops it, and every such act is on record.
 *
 * Letters from before are `skip`: their keys went on long ago.
 */
export class GiveDeadLettersALife1760000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letter
        ADD COLUMN lane bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(key, ''::bytea))) STORED,
        ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'dropped')),
        ADD COLUMN policy text NOT NULL DEFAULT 'skip' CHECK (policy IN ('hold', 'skip')),
        ADD COLUMN redrives integer NOT NULL DEFAULT 0,
        -- What was tried last, when an operator changed the value; the original stays as it came.
        ADD COLUMN edited_value bytea,
        ADD COLUMN resolved_at timestamptz,
        ADD COLUMN resolved_by text,
        DROP CONSTRAINT dead_letter_reason_check,
        ADD CONSTRAINT dead_letter_reason_check
          CHECK (reason IN ('undecodable', 'invalid', 'permanent', 'exhausted', 'poison')),
        -- A topic that was deleted and made again has the same offsets anew.
        DROP CONSTRAINT dead_letter_consumer_group_topic_partition_offset_key,
        ADD CONSTRAINT dead_letter_record
          UNIQUE (consumer_group, topic, "partition", "offset", recorded_at)`);
    await runner.query(
      `CREATE INDEX dead_letter_holding ON dead_letter (consumer_group, topic, "partition", lane, "offset")
        WHERE state = 'open' AND policy = 'hold'`,
    );
    await runner.query(`CREATE INDEX dead_letter_newest ON dead_letter (created_at DESC, id DESC)`);
    await runner.query(`
      CREATE TABLE dead_letter_audit (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- No foreign key: what was done stays on record when the letter is long gone.
        dead_letter_id uuid NOT NULL,
        action         text NOT NULL CHECK (action IN ('redrive', 'drop')),
        by_whom        text NOT NULL,
        at             timestamptz NOT NULL DEFAULT clock_timestamp(),
        detail         json
      )`);
    await runner.query(`CREATE INDEX dead_letter_audit_of ON dead_letter_audit (dead_letter_id)`);
    // Closed although its effect may have happened: a redrive makes it ambiguous, and not as if never tried.
    await runner.query(`ALTER TABLE inbox_message ADD COLUMN in_doubt boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE inbox_message DROP COLUMN in_doubt`);
    await runner.query(`DROP TABLE dead_letter_audit`);
    await runner.query(`
      ALTER TABLE dead_letter
        DROP CONSTRAINT dead_letter_record,
        DROP CONSTRAINT dead_letter_reason_check,
        DROP COLUMN lane, DROP COLUMN state, DROP COLUMN policy, DROP COLUMN redrives, DROP COLUMN edited_value,
        DROP COLUMN resolved_at, DROP COLUMN resolved_by,
        ADD CONSTRAINT dead_letter_reason_check CHECK (reason IN ('undecodable', 'invalid', 'permanent')) NOT VALID,
        ADD CONSTRAINT dead_letter_consumer_group_topic_partition_offset_key
          UNIQUE (consumer_group, topic, "partition", "offset")`);
  }
}
