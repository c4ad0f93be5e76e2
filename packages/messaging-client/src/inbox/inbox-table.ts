import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the handlers of this service have already done. The event's id is kept as text, because other publishers may
 * use other ids than ours. The consumer group is part of the key, so that two groups can share a database; the service's
 * own is the default.
 *
 * state: `done`; `claimed` an outside effect may be under way; `released` it certainly did not happen; `dead` given up.
 */
export function createInboxTable(service: string): new () => MigrationInterface {
  return class CreateInboxTable1760000000002 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(`
        CREATE TABLE inbox_message (
          handler    text NOT NULL,
          event_id   text NOT NULL,
          state      text NOT NULL CHECK (state IN ('done', 'claimed', 'released', 'dead')),
          claimed_by integer,
          attempts   integer NOT NULL DEFAULT 1,
          topic      text NOT NULL,
          "partition" integer NOT NULL,
          "offset"   bigint NOT NULL,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          done_at    timestamptz,
          -- Given up although the effect may have happened: after a redrive the claim is ambiguous, not a first attempt.
          in_doubt   boolean NOT NULL DEFAULT false,
          -- Attempts of an outside effect whose outcome is unknown, so that resending can have a bound.
          unconfirmed integer NOT NULL DEFAULT 0,
          consumer_group text NOT NULL DEFAULT '${service.replaceAll("'", "''")}',
          PRIMARY KEY (consumer_group, handler, event_id)
        )`);
      // For finding old rows. Rows are inserted in the order of their age, so a BRIN index is enough and costs a handler
      // nothing; a sorted index would be one more write for every record.
      await runner.query(
        `CREATE INDEX inbox_message_age ON inbox_message USING brin (created_at) WITH (autosummarize = on)`,
      );
      // For counting the open claims whose outcome is unknown.
      await runner.query(
        `CREATE INDEX inbox_message_unconfirmed ON inbox_message (handler) WHERE state = 'claimed' AND unconfirmed > 0`,
      );
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query(`DROP TABLE inbox_message`);
    }
  };
}
