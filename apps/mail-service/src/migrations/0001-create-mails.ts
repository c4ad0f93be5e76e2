import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class CreateMails1760000003001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id       text NOT NULL,
        template       text NOT NULL,
        recipient      text NOT NULL,
        subject        text NOT NULL,
        message_id     text NOT NULL,
        status         text NOT NULL CHECK (status IN ('handing-over', 'waiting', 'accepted', 'rejected')),
        ambiguous      boolean NOT NULL,
        attempts       integer NOT NULL DEFAULT 1,
        error          text,
        consumer_group text NOT NULL,
        topic          text NOT NULL,
        "partition"    integer NOT NULL,
        "offset"       bigint NOT NULL,
        created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
        accepted_at    timestamptz,
        UNIQUE (event_id, template)
      )`);
    // For support: which mails did this person get.
    await runner.query(`CREATE INDEX mail_recipient ON mail (lower(recipient), id)`);
    // Unfinished mails are few and queried often.
    await runner.query(`CREATE INDEX mail_unfinished ON mail (status, id) WHERE status <> 'accepted'`);
    // For deleting old mails. Rows are inserted in the order of their age, so a small BRIN index is enough.
    await runner.query(`CREATE INDEX mail_age ON mail USING brin (created_at) WITH (autosummarize = on)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mail`);
  }
}
