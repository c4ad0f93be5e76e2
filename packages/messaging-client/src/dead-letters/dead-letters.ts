import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { inBoundedTransaction } from '../database/in-transaction.ts';
import { MessagingError } from '../errors.ts';
import type { PartitionPlace, UndecodableBatch } from '../kafka/driver.ts';
import { groupOf, MESSAGING_OPTIONS } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { lockLane } from '../parking/lane.ts';
import { withAttempt } from '../parking/noted-attempt.ts';
import { settleLane } from '../parking/settle-lane.ts';
import { queryOf } from '../database/query.ts';
import { announceDeadLetter } from './announce-dead-letter.ts';
import type { DeadLetter } from './dead-letter.ts';
import { countDeadLetters, findDeadLetters } from './find-dead-letters.ts';
import type { DeadLetterCount, DeadLetterFilter } from './find-dead-letters.ts';
import { putDeadLetter } from './put-dead-letter.ts';
import type { GivenUpRecord, Put } from './put-dead-letter.ts';
import { dropDeadLetters, redriveDeadLetters } from './resolve-dead-letters.ts';
import type { Redrive, Resolve, Resolved } from './resolve-dead-letters.ts';

/** Where records go that cannot be handled, and what may be done with them there. */
@Injectable()
export class DeadLetters {
  readonly #options: ConsumerOptions;
  readonly #dataSource: DataSource;

  constructor(@Inject(MESSAGING_OPTIONS) options: ConsumerOptions, dataSource: DataSource) {
    this.#options = options;
    this.#dataSource = dataSource;
  }

  /**
   * Keeps the record, closes its inbox row and announces it, in one transaction with what `alsoWrite` does.
   * @returns false when the record is settled already: it was handled, or its letter was dropped
   */
  async put(record: GivenUpRecord, alsoWrite?: (manager: EntityManager) => Promise<void>): Promise<boolean> {
    return (await this.#put(record, alsoWrite)) !== undefined;
  }

  /**
   * Keeps a whole batch and announces it, in one transaction.
   * @returns whether it is new: the same batch, read again after a restart, is the same letter
   */
  async putBatch({ topic, partition }: PartitionPlace, batch: UndecodableBatch, error: Error): Promise<boolean> {
    const { firstOffset, lastOffset, timestamp, bytes } = batch;
    const put = await this.#put({
      topic,
      partition,
      message: { offset: firstOffset, timestamp, key: null, value: bytes },
      lastOffset,
      headers: undefined,
      reason: 'undecodable',
      error,
      attempts: 1,
      history: withAttempt([], 1, error),
      // Its keys are unknown, so none is held.
      policy: 'skip',
      redrives: 0,
    });
    return put?.isNew === true;
  }

  async #put(record: GivenUpRecord, alsoWrite?: (manager: EntityManager) => Promise<void>): Promise<Put> {
    const group = groupOf(this.#options);
    return inBoundedTransaction(this.#dataSource, async (manager) => {
      const query = queryOf(manager);
      const put = await putDeadLetter(query, group, record);
      if (put?.isNew === true) await announceDeadLetter(manager, this.#options, put.id, record);
      await alsoWrite?.(manager);
      if (put?.isNew === true) {
        // What is parked behind it waits from now on, also what another instance parks at this moment.
        const lane = { group, topic: record.topic, partition: record.partition, key: record.message.key };
        await lockLane(query, lane);
        await settleLane(query, lane);
      }
      return put;
    });
  }

  /** Newest first. */
  async list(limit: number): Promise<DeadLetter[]> {
    return this.find({}, limit);
  }

  /** Those of this service, newest first. */
  async find(filter: DeadLetterFilter, limit?: number): Promise<DeadLetter[]> {
    return findDeadLetters(queryOf(this.#dataSource), this.#ours(filter), limit);
  }

  /** Those of this service, by event, topic, reason and state. */
  async count(filter: DeadLetterFilter): Promise<DeadLetterCount[]> {
    return countDeadLetters(queryOf(this.#dataSource), this.#ours(filter));
  }

  /**
   * Has the open letters that the filter finds handled again; other packages call it requeue.
   * @throws MessagingError FILTER_EMPTY; `{ state: 'open' }` means all of them
   */
  async redrive(filter: DeadLetterFilter, redrive: Redrive): Promise<Resolved> {
    refuseEmpty(filter);
    return this.#dataSource.transaction((manager) => redriveDeadLetters(queryOf(manager), this.#ours(filter), redrive));
  }

  /**
   * Closes the open letters that the filter finds: their keys go on without them.
   * @throws MessagingError FILTER_EMPTY
   */
  async drop(filter: DeadLetterFilter, drop: Resolve): Promise<Resolved> {
    refuseEmpty(filter);
    return this.#dataSource.transaction((manager) => dropDeadLetters(queryOf(manager), this.#ours(filter), drop));
  }

  #ours(filter: DeadLetterFilter): DeadLetterFilter {
    return { ...filter, service: this.#options.service };
  }
}

/** A variable of the caller that is not set must not become all letters there are. */
function refuseEmpty(filter: DeadLetterFilter): void {
  if (Object.values(filter).some((condition) => condition !== undefined)) return;
  throw new MessagingError(
    'FILTER_EMPTY',
    "an act on dead letters needs a filter; { state: 'open' } means all of them",
  );
}
