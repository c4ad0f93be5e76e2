import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For finding what is old without reading what is not. */
export class IndexWhatIsDeletedByAge1760000000041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX dead_letter_resolved ON dead_letter (resolved_at) WHERE state <> 'open'`);
    await runner.query(
      `CREATE INDEX dead_letter_audit_age ON dead_letter_audit USING brin (at) WITH (autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX dead_letter_audit_age`);
    await runner.query(`DROP INDEX dead_letter_resolved`);
  }
}
