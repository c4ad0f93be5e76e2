import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each shard is read on from where it is published, and up to a floor of its own. */
export class IndexOutboxByShard1760000000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX outbox_waiting`);
    await runner.query(`CREATE INDEX outbox_waiting ON outbox (shard, seq) WHERE published_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX outbox_waiting`);
    await runner.query(`CREATE INDEX outbox_waiting ON outbox (seq) WHERE published_at IS NULL`);
  }
}
