import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLEANUP_LATE_AFTER_MS, TABLE_CLEANUP_MS } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { deleteSome } from './bounded-delete.ts';
import type { BoundedDelete } from './bounded-delete.ts';

/** Keeps tables from growing for ever, a batch at a time and now and then, in every instance. docs/retention.md lists them. */
@Injectable()
export class TableCleanup implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Retention');
  readonly #dataSource: DataSource;
  readonly #rules: BoundedDelete[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #finishedAt = performance.now();
  #problem: string | undefined;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Called by Nest. */
  onApplicationBootstrap(): void {
    this.start();
  }

  /** Called by Nest. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** What is to be deleted from now on, beside what was added before. */
  add(...rules: readonly BoundedDelete[]): void {
    this.#rules.push(...rules);
  }

  /** From now on, once every TABLE_CLEANUP_MS. */
  start(): void {
    this.#finishedAt = performance.now();
    this.#timer = setInterval(() => {
      this.#running ??= this.#cleanUp().finally(() => (this.#running = undefined));
    }, TABLE_CLEANUP_MS);
  }

  /** Resolves when nothing is being deleted. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  /** What an operator should look at, a sentence each. */
  warnings(): string[] {
    const sinceMs = performance.now() - this.#finishedAt;
    if (this.#timer === undefined || sinceMs < CLEANUP_LATE_AFTER_MS) return [];
    const minutes = Math.round(sinceMs / 60_000);
    return [`old rows have not all been deleted for ${minutes} min${this.#problem ? `: ${this.#problem}` : ''}`];
  }

  async #cleanUp(): Promise<void> {
    // The tables are there when the DataSource is: migrations come first.
    if (!this.#dataSource.isInitialized) return;
    let problem: string | undefined;
    for (const rule of this.#rules) {
      try {
        // Each batch is a transaction of its own, so that nothing waits for more than one of them.
        while (this.#timer !== undefined && (await deleteSome(queryOf(this.#dataSource), rule)));
      } catch (error) {
        // A table that is locked keeps no other from being cleaned up.
        problem ??= `${rule.table}: ${(error as Error).message}`;
      }
    }
    this.#problem = problem;
    if (problem === undefined) this.#finishedAt = performance.now();
    else this.#logger.warn({ error: problem }, 'old rows were not all deleted this time');
  }
}
