import type { DataSource } from 'typeorm';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';
import type { Delivery } from './delivery.ts';

const START = `
  INSERT INTO started_attempt (consumer_group, topic, "partition", "offset") VALUES ($1, $2, $3, $4)
  ON CONFLICT (consumer_group, topic, "partition", "offset")
    DO UPDATE SET starts = started_attempt.starts + 1, started_at = clock_timestamp()
  RETURNING starts`;

const END = `
  DELETE FROM started_attempt WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 AND "offset" = $4`;

/** Which attempts have started and not ended, in the database: what is there after a crash was running when it happened. */
export class StartedAttempts {
  readonly #group: string;
  readonly #dataSource: DataSource;

  constructor(group: string, dataSource: DataSource) {
    this.#group = group;
    this.#dataSource = dataSource;
  }

  /** @returns how many attempts of the record have started and not ended, this one included */
  async start(delivery: Delivery): Promise<number> {
    const rows: Array<{ starts: number }> = await this.#dataSource.query(START, this.#keyOf(delivery));
    return rows[0]!.starts;
  }

  /**
   * The attempt has ended and the process has not. Repeated for as long as the database is unavailable: a start that stays on
   * record counts as a crash, and after a few outages an innocent record would be given up.
   */
  async end(delivery: Delivery): Promise<void> {
    try {
      await retryWhileUnavailable(this.#dataSource, async () => this.#dataSource.query(END, this.#keyOf(delivery)));
    } catch {
      // This process is being stopped. One start too many on record does not make a poison.
    }
  }

  #keyOf({ topic, partition, message }: Delivery): (string | number)[] {
    return [this.#group, topic, partition, message.offset];
  }
}
