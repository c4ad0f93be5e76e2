import { MessagingError } from '@event-bus/messaging-client';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { notReady, Readiness } from '../health/readiness.ts';
import type { CheckResult } from '../health/readiness.ts';
import { DATABASE_RETRY_DELAY_MS } from '../limits.ts';
import { SERVICE_NAME } from '../health/health.controller.ts';
import { runMigrations } from './run-migrations.ts';

export const MIGRATION_OPTIONS = Symbol('connection options of migrations');

/** `on` in a standby, and in a database or for a role that is read-only. */
const READ_ONLY = `SELECT current_setting('transaction_read_only') = 'on' AS read_only`;

/**
 * Opens the service's database in the background and retries without limit. While the database is unavailable the service is
 * live and not ready; it becomes ready when the database is available.
 */
@Injectable()
export class Database implements OnModuleInit, BeforeApplicationShutdown {
  readonly #logger = new Logger('Database');
  readonly #dataSource: DataSource;
  readonly #migrationOptions: DataSourceOptions;
  readonly #service: string;
  readonly #stop = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  #opening: Promise<void> = Promise.resolve();
  #lastError: unknown;

  constructor(
    dataSource: DataSource,
    @Inject(MIGRATION_OPTIONS) migrationOptions: DataSourceOptions,
    @Inject(SERVICE_NAME) service: string,
    readiness: Readiness,
  ) {
    this.#dataSource = dataSource;
    this.#migrationOptions = migrationOptions;
    this.#service = service;
    readiness.add('database', () => this.#check());
  }

  /** Settles when the schema is up to date and the pool is open; never, if the service is stopped before. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Called by Nest. */
  onModuleInit(): void {
    // Not awaited: the service listens meanwhile, so that its readiness endpoint can report what it waits for.
    this.#opening = this.#openWithRetries();
  }

  /** Called by Nest. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#opening;
  }

  async #openWithRetries(): Promise<void> {
    const startedAt = performance.now();
    let retryInMs: number = DATABASE_RETRY_DELAY_MS.first;
    while (!this.#stop.signal.aborted) {
      try {
        const migrations = await runMigrations(this.#migrationOptions, this.#service);
        await this.#dataSource.initialize();
        this.#logger.log(
          { migrations: migrations.map(({ name }) => name), durationMs: Math.round(performance.now() - startedAt) },
          'database opened',
        );
        this.#opened.resolve();
        return;
      } catch (error) {
        this.#lastError = error;
        const { code } = error as { code?: unknown };
        this.#logger.warn({ problem: reasonOf(error), code, retryInMs }, 'cannot open the database, will retry');
        await delay(retryInMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        retryInMs = Math.min(retryInMs * 2, DATABASE_RETRY_DELAY_MS.max);
      }
    }
  }

  async #check(): Promise<CheckResult> {
    if (!this.#dataSource.isInitialized) {
      if (this.#lastError === undefined) return notReady('database-not-opened', 'not connected yet');
      return failed(this.#lastError);
    }
    try {
      const [row]: Array<{ read_only: boolean }> = await this.#dataSource.query(READ_ONLY);
      if (row?.read_only !== true) return { ready: true };
      return notReady('database-read-only', 'the database is read-only, as a standby is');
    } catch (error) {
      return failed(error);
    }
  }
}

function failed(error: unknown): CheckResult {
  const reason = reasonOf(error);
  return error instanceof MessagingError && error.code === 'DATABASE_OF_ANOTHER_SERVICE'
    ? notReady('database-of-another-service', reason)
    : notReady('database-fails', reason, { reason });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
