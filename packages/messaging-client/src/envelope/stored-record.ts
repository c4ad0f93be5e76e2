import type { KafkaRecord } from '../kafka/driver.ts';
import { printable } from './printable.ts';

/** A record as the tables parked_record and dead_letter keep it: byte for byte. */
export interface StoredRecord {
  readonly offset: string;
  readonly recordedAtMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: StoredHeaders;
}

/** Name and base64 of the value, in the record's order: a header may come twice and need not be text. */
export type StoredHeaders = Array<[name: string, base64: string]>;

/** The last moment that both JavaScript and PostgreSQL know; a producer may write any number. */
const TIMESTAMP_MS_MAX = 8.64e15;

export function storedRecordOf(message: KafkaRecord): StoredRecord {
  const { offset, key, value } = message;
  const timestamp = Number(message.timestamp);
  return {
    offset,
    recordedAtMs: timestamp >= 0 && timestamp <= TIMESTAMP_MS_MAX ? timestamp : 0,
    key,
    value,
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      (Array.isArray(values) ? values : [values]).flatMap((one): StoredHeaders => {
        // kafkajs collects headers on a plain object, so that one called `constructor` comes with a function beside it.
        if (typeof one !== 'string' && !Buffer.isBuffer(one) && one !== undefined) return [];
        return [[printable(name), Buffer.from(one ?? '').toString('base64')]];
      }),
    ),
  };
}

export function messageOf({ offset, recordedAtMs, key, value, headers }: StoredRecord): KafkaRecord {
  const collected = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const [name, base64] of headers) {
    const one = Buffer.from(base64, 'base64');
    const before = collected[name];
    if (before === undefined) collected[name] = one;
    else if (Array.isArray(before)) before.push(one);
    else collected[name] = [before, one];
  }
  return { offset, timestamp: String(recordedAtMs), key, value, headers: collected };
}
