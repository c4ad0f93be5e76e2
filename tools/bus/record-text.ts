import type { UndecodableBatch } from '../../packages/messaging-client/src/kafka/driver.ts';
import type { BusRecord, Span } from './broker/read-records.ts';
import { oneLine } from './output.ts';

export interface RecordDocument {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly time: string;
  /** Text where the bytes are UTF-8; else `base64:…`. */
  readonly key: string | null;
  readonly type: string | null;
  readonly id: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON. */
  readonly value: unknown;
}

const VALUE_CHARACTERS_MAX = 160;

export function describeRecord({ topic, partition, offset, time, message }: BusRecord): RecordDocument {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, value] of message.headers ?? []) headers[name] ??= textOfBytes(value)!;
  return {
    topic,
    partition,
    offset: String(offset),
    time: Number.isNaN(time.getTime()) ? message.timestamp : time.toISOString(),
    key: textOfBytes(message.key),
    type: headers['ce_type'] ?? null,
    id: headers['ce_id'] ?? null,
    headers,
    value: valueOfBytes(message.value),
  };
}

export function formatRecord({ topic, partition, offset, time, key, type, value }: RecordDocument): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  const place = `${topic}/${partition}/${offset}`;
  return `${time}  ${place}  ${oneLine(key ?? '(no key)')}  ${oneLine(type ?? '(no event)')}  ${oneLine(shown, VALUE_CHARACTERS_MAX)}`;
}

/** Instead of its records, which no client can read. */
export function formatUndecodable(
  { topic, partition }: Pick<Span, 'topic' | 'partition'>,
  { firstOffset, lastOffset, problem }: UndecodableBatch,
): string {
  return `${topic}/${partition}: the batch from offset ${firstOffset} to ${lastOffset} cannot be decoded (${problem}), skipped`;
}

export function textOfBytes(bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

export function valueOfBytes(bytes: Buffer | null): unknown {
  const text = textOfBytes(bytes);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
