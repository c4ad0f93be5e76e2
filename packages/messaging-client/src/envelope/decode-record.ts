import { MessagingError } from '../errors.ts';
import type { KafkaRecord } from '../kafka/driver.ts';
import { HEADER, versionFromDataSchema } from './cloud-event-headers.ts';

export interface EventHeaders {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly time: string;
  readonly traceparent: string | undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** An id longer than this is no id; the inbox keeps it as a key. */
const EVENT_ID_CHARACTERS_MAX = 200;

/**
 * Reads the CloudEvents headers.
 * @throws MessagingError RECORD_UNDECODABLE naming the header that is missing or wrong
 */
export function decodeHeaders(message: Pick<KafkaRecord, 'headers'>): EventHeaders {
  const text = (header: string): string | undefined => {
    const value = message.headers?.[header];
    const first = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') return first;
    return Buffer.isBuffer(first) ? utf8(header, first) : undefined;
  };
  const required = (header: string): string => {
    const value = text(header);
    if (value === undefined || value === '') throw undecodable(`header ${header} is missing`);
    return value;
  };
  const id = required(HEADER.id);
  if (id.length > EVENT_ID_CHARACTERS_MAX || id.includes('\0')) throw undecodable(`header ${HEADER.id} is not an id`);
  const version = versionFromDataSchema(required(HEADER.dataSchema));
  if (version === undefined) throw undecodable(`header ${HEADER.dataSchema} names no version, such as …:v1`);
  return {
    id,
    name: required(HEADER.type),
    version,
    source: required(HEADER.source),
    time: text(HEADER.time) ?? '',
    traceparent: text(HEADER.traceparent),
  };
}

/** Two ids that are not UTF-8 would else become the same one. */
function utf8(header: string, bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw undecodable(`header ${header} is not UTF-8`, cause);
  }
}

/** @throws MessagingError RECORD_UNDECODABLE when the value is not JSON in UTF-8 */
export function decodeValue(value: Buffer | null): unknown {
  if (value === null) throw undecodable('the record has no value');
  try {
    return JSON.parse(UTF8.decode(value));
  } catch (cause) {
    throw undecodable('the value is not JSON in UTF-8', cause);
  }
}

function undecodable(problem: string, cause?: unknown): MessagingError {
  return new MessagingError('RECORD_UNDECODABLE', problem, { cause });
}
