import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations: behind those of messaging-client, before a service's own. */
export class CreateIdempotencyKey1760000000801 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_key (
        -- Method and route: each route has its own keys.
        scope       text NOT NULL,
        key         text NOT NULL,
        -- SHA-256 of the request.
        fingerprint bytea NOT NULL,
        status      smallint NOT NULL,
        -- As it was sent; jsonb would change its order.
        answer      text,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (scope, key)
      )`);
    await runner.query(`CREATE INDEX idempotency_key_age ON idempotency_key (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE idempotency_key`);
  }
}
