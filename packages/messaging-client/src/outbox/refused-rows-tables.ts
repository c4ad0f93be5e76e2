import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which rows the broker refuses, for operators, and what they did about them. */
export class CreateOutboxRefusals1760000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox_refusal (
        -- Of the row in outbox. No foreign key: each row that is deleted there would be looked for here.
        seq        bigint PRIMARY KEY,
        -- What it is about: everything for the row's topic, or this row.
        refusal    text NOT NULL CHECK (refusal IN ('topic', 'record')),
        error      text NOT NULL,
        times      integer NOT NULL DEFAULT 1,
        refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`
      CREATE TABLE outbox_audit (
        id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        seq      bigint NOT NULL,
        event_id uuid NOT NULL,
        action   text NOT NULL CHECK (action IN ('retry', 'drop')),
        by_whom  text NOT NULL,
        at       timestamptz NOT NULL DEFAULT clock_timestamp(),
        error    text NOT NULL,
        -- The whole row, when it was dropped: the only place where its event still is.
        dropped  json
      )`);
    await runner.query(`CREATE INDEX outbox_audit_at ON outbox_audit (at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE outbox_audit`);
    await runner.query(`DROP TABLE outbox_refusal`);
  }
}
