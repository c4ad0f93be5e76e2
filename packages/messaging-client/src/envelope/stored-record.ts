import type { KafkaRecord } from '../kafka/driver.ts';
import { ListedHeaders } from '../kafka/record-headers.ts';
import type { RecordHeader } from '../kafka/record-headers.ts';
import { printable } from './printable.ts';

/** A record as the tables parked_record and dead_letter keep it: byte for byte. */
export interface StoredRecord {
  readonly offset: string;
  readonly recordedAtMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: StoredHeaders;
}

/** Name and value, in base64, in the record's order: a name may occur twice, and a value need not be text. */
export type StoredHeaders = Array<[name: string, base64: string]>;

/** The last time that both JavaScript and PostgreSQL can represent; a producer may write any number. */
const TIMESTAMP_MS_MAX = 8.64e15;

export function storedRecordOf(message: KafkaRecord): StoredRecord {
  const { offset, key, value } = message;
  const timestamp = Number(message.timestamp);
  return {
    offset,
    recordedAtMs: timestamp >= 0 && timestamp <= TIMESTAMP_MS_MAX ? timestamp : 0,
    key,
    value,
    headers: Array.from(message.headers ?? [], ([name, one]) => [printable(name), one.toString('base64')]),
  };
}

export function messageOf({ offset, recordedAtMs, key, value, headers }: StoredRecord): KafkaRecord {
  const listed = headers.map(([name, base64]): RecordHeader => [name, Buffer.from(base64, 'base64')]);
  return { offset, timestamp: String(recordedAtMs), key, value, headers: new ListedHeaders(listed) };
}
