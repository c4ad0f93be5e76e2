import { Injectable } from '@nestjs/common';
import { backoffMs } from '../backoff.ts';
import type { LaneJob } from './lanes.ts';
import { retryIn } from './outcome.ts';
import { MessagingError } from '../errors.ts';
import type { PartitionPlace, UndecodableBatch } from '../kafka/driver.ts';
import { DATABASE_RETRY_MS } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';

/** Makes one dead letter of each batch that cannot be decoded, so that its partition can go on behind it. */
@Injectable()
export class SetAsideBatches {
  readonly #deadLetters: DeadLetters;
  readonly #events: MessageEvents;
  #count = 0;
  #last = '';

  constructor(deadLetters: DeadLetters, events: MessageEvents) {
    this.#deadLetters = deadLetters;
    this.#events = events;
  }

  /** Since this process began. */
  get warnings(): readonly string[] {
    if (this.#count === 0) return [];
    return [`batches that could not be decoded and became dead letters: ${this.#count}, the last at ${this.#last}`];
  }

  /** Finished when the dead letter is there: while the database is unavailable it is attempted again. */
  job(
    place: PartitionPlace & { readonly group: string; readonly name: string },
    batch: UndecodableBatch,
    finished: () => void,
  ): LaneJob {
    let attempt = 0;
    return {
      owner: place.name,
      bytes: batch.bytes.length,
      finished,
      run: async () => {
        attempt += 1;
        try {
          await this.#setAside(place, batch);
          return { is: 'dead', keyWaits: false };
        } catch (error) {
          const retryInMs = backoffMs(attempt, DATABASE_RETRY_MS);
          const { group, topic, partition } = place;
          const record = { group, topic, partition, offset: batch.firstOffset, event: undefined, eventId: undefined };
          this.#events.emit('record.retry', {
            ...record,
            attempt,
            milliseconds: undefined,
            retryInMs,
            error: error as Error,
          });
          return retryIn(retryInMs);
        }
      },
    };
  }

  async #setAside({ topic, partition }: PartitionPlace, batch: UndecodableBatch): Promise<void> {
    const { firstOffset, lastOffset, bytes, problem } = batch;
    const error = new MessagingError(
      'BATCH_UNDECODABLE',
      `the batch at offsets ${firstOffset} to ${lastOffset} cannot be decoded: ${problem}`,
    );
    if (!(await this.#deadLetters.putBatch({ topic, partition }, batch, error))) return;
    this.#count += 1;
    this.#last = `${topic}/${partition}, offsets ${firstOffset} to ${lastOffset}`;
    this.#events.emit('batch.dead', { topic, partition, firstOffset, lastOffset, bytes: bytes.length, error });
  }
}
