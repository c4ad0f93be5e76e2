import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Records that were given up, byte for byte, with what is needed to understand and to redrive them. A dead letter is open until
 * an operator redrives or drops it; `dead_letter_audit` lists every such action.
 */
export class CreateDeadLetterTables1760000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dead_letter (
        id          uuid PRIMARY KEY DEFAULT uuidv7(),
        consumer_group text NOT NULL,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        -- Of a batch that cannot be decoded: its first offset.
        "offset"    bigint NOT NULL,
        key         bytea,
        -- Of a batch: its bytes.
        value       bytea,
        -- [[name, base64 of the value], …]: a header may occur twice and need not be text
        headers     json NOT NULL,
        event_id    text,
        event       text,
        reason      text NOT NULL
                      CHECK (reason IN ('undecodable', 'invalid', 'permanent', 'exhausted', 'poison', 'expired')),
        error       text NOT NULL,
        attempts    integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- A key may be too long for an index; its hash never is.
        lane        bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(key, ''::bytea))) STORED,
        state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'dropped')),
        policy      text NOT NULL DEFAULT 'skip' CHECK (policy IN ('hold', 'skip')),
        redrives    integer NOT NULL DEFAULT 0,
        -- The value of the last redrive, when an operator changed it; value keeps the original.
        edited_value bytea,
        resolved_at timestamptz,
        resolved_by text,
        -- Of a batch; NULL for a record.
        last_offset bigint,
        -- A record that is given up twice is one dead letter. A topic that was recreated has the same offsets again,
        -- at other times.
        CONSTRAINT dead_letter_record
          UNIQUE (consumer_group, topic, "partition", "offset", recorded_at)
      )`);
    await runner.query(
      `CREATE INDEX dead_letter_holding ON dead_letter (consumer_group, topic, "partition", lane, "offset")
        WHERE state = 'open' AND policy = 'hold'`,
    );
    await runner.query(`CREATE INDEX dead_letter_newest ON dead_letter (created_at DESC, id DESC)`);
    // For deleting old ones.
    await runner.query(`CREATE INDEX dead_letter_resolved ON dead_letter (resolved_at) WHERE state <> 'open'`);
    await runner.query(`
      CREATE TABLE dead_letter_audit (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- No foreign key: the audit outlives the letter.
        dead_letter_id uuid NOT NULL,
        action         text NOT NULL CHECK (action IN ('redrive', 'drop')),
        by_whom        text NOT NULL,
        at             timestamptz NOT NULL DEFAULT clock_timestamp(),
        detail         json
      )`);
    await runner.query(`CREATE INDEX dead_letter_audit_of ON dead_letter_audit (dead_letter_id)`);
    await runner.query(
      `CREATE INDEX dead_letter_audit_age ON dead_letter_audit USING brin (at) WITH (autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE dead_letter_audit, dead_letter`);
  }
}
