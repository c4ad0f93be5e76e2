import { Inject, Injectable } from '@nestjs/common';
import type { KafkaMessage } from 'kafkajs';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { ERROR_TEXT_CHARACTERS_MAX } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';

/** `undecodable`: not an event. `invalid`: not the payload its catalog entry says. `permanent`: the handler gave up. */
export type DeadLetterReason = 'undecodable' | 'invalid' | 'permanent';

export interface GivenUpRecord {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
  readonly headers: EventHeaders | undefined;
  readonly reason: DeadLetterReason;
  readonly error: Error;
  readonly attempts: number;
}

export interface DeadLetter {
  id: string;
  group: string;
  topic: string;
  partition: number;
  /** int64 as text. */
  offset: string;
  /** Base64 of the original bytes; null where the record had none. */
  key: string | null;
  value: string | null;
  /** Name and base64 of the value, in the record's order. */
  headers: Array<[string, string]>;
  eventId: string | null;
  event: string | null;
  reason: DeadLetterReason;
  error: string;
  attempts: number;
  createdAt: Date;
}

const PUT = `
  INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, event_id, event,
                           reason, error, attempts, recorded_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, to_timestamp($13::double precision / 1000))
  ON CONFLICT DO NOTHING`;

const CLOSE_INBOX = `
  INSERT INTO inbox_message (handler, event_id, state, topic, "partition", "offset")
  VALUES ($1, $2, 'dead', $3, $4, $5)
  ON CONFLICT (handler, event_id) DO UPDATE SET state = 'dead', claimed_by = NULL`;

/** Where records go that cannot be handled. */
@Injectable()
export class DeadLetters {
  readonly #group: string;
  readonly #dataSource: DataSource;

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions, dataSource: DataSource) {
    this.#group = options.service;
    this.#dataSource = dataSource;
  }

  /** Keeps the record and closes its inbox row, in one transaction with what `alsoWrite` does. */
  async put(record: GivenUpRecord, alsoWrite?: (manager: EntityManager) => Promise<void>): Promise<void> {
    const { topic, partition, message, headers, error } = record;
    await this.#dataSource.transaction(async (manager) => {
      await manager.query(PUT, [
        this.#group,
        topic,
        partition,
        message.offset,
        message.key,
        message.value,
        JSON.stringify(headerList(message)),
        headers?.id ?? null,
        headers?.name ?? null,
        record.reason,
        printable(error.message),
        record.attempts,
        message.timestamp,
      ]);
      if (headers !== undefined) {
        await manager.query(CLOSE_INBOX, [headers.name, headers.id, topic, partition, message.offset]);
      }
      await alsoWrite?.(manager);
    });
  }

  /** Newest first. */
  async list(limit: number): Promise<DeadLetter[]> {
    return this.#dataSource.query(
      `SELECT id, consumer_group AS "group", topic, "partition", "offset", encode(key, 'base64') AS key,
              encode(value, 'base64') AS value, headers, event_id AS "eventId", event, reason, error, attempts,
              created_at AS "createdAt"
         FROM dead_letter ORDER BY created_at DESC, id DESC LIMIT $1`,
      [limit],
    );
  }
}

function headerList(message: KafkaMessage): Array<[string, string]> {
  return Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [
      name,
      Buffer.from(one ?? '').toString('base64'),
    ]),
  );
}

/** PostgreSQL's text holds no NUL, and an error may quote the bytes it complains of. */
function printable(text: string): string {
  return text.replaceAll('\0', '\u2400').slice(0, ERROR_TEXT_CHARACTERS_MAX);
}
