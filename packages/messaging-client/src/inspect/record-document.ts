import type { BusRecord } from './read-records.ts';

/** A record as people and JSON read it. */
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

/** A record as a document for JSON. Of a header that comes more than once it has the first value. */
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

/** The text where the bytes are UTF-8; else `base64:` and the bytes. null of null. */
export function textOfBytes(bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

/** The parsed value where the bytes are JSON; else as `textOfBytes()`. */
export function valueOfBytes(bytes: Buffer | null): unknown {
  const text = textOfBytes(bytes);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
