import { MessagingError } from '../errors.ts';
import { RecordHeaders } from '../kafka/record-headers.ts';
import type { HeadersByName, HeaderText } from '../kafka/record-headers.ts';
import { strictUtf8 } from '../kafka/strict-utf8.ts';
import { EVENT_ID_CHARACTERS_MAX, RECORD_HEADER_BYTES_MAX, RECORD_HEADERS_MAX } from '../limits.ts';
import { HEADER, versionFromDataSchema } from './cloud-event-headers.ts';

export interface EventHeaders {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly time: string;
  readonly traceparent: string | undefined;
}

const READ = [HEADER.id, HEADER.dataSchema, HEADER.type, HEADER.source, HEADER.time, HEADER.traceparent];

/**
 * Reads the CloudEvents headers.
 * @throws MessagingError RECORD_UNDECODABLE naming the header that is missing or wrong
 */
export function decodeHeaders(message: { readonly headers?: RecordHeaders | HeadersByName }): EventHeaders {
  const headers = RecordHeaders.from(message.headers);
  checkBounds(headers);
  const [id, dataSchema, type, source, time, traceparent] = headers.texts(READ);
  const version = versionFromDataSchema(required(HEADER.dataSchema, dataSchema));
  if (version === undefined) throw undecodable(`header ${HEADER.dataSchema} names no version, such as …:v1`);
  return {
    id: eventId(required(HEADER.id, id)),
    name: required(HEADER.type, type),
    version,
    source: required(HEADER.source, source),
    time: optional(time) ?? '',
    traceparent: optional(traceparent),
  };
}

/** More than any client writes on purpose; all of them would be stored wherever the record is. */
function checkBounds({ count, bytes }: RecordHeaders): void {
  if (count <= RECORD_HEADERS_MAX && bytes <= RECORD_HEADER_BYTES_MAX) return;
  throw undecodable(
    `${count} headers with ${bytes} bytes in all; the limits are ${RECORD_HEADERS_MAX} headers and ${RECORD_HEADER_BYTES_MAX} bytes`,
  );
}

function eventId(id: string): string {
  if (id.length > EVENT_ID_CHARACTERS_MAX || id.includes('\0')) throw undecodable(`header ${HEADER.id} is not an id`);
  return id;
}

/** Of bytes that are not UTF-8, the lenient decoder would make the same id of two. */
function required(name: string, text: HeaderText): string {
  if (typeof text === 'object') throw undecodable(`header ${name} is not UTF-8`, text);
  if (text === undefined || text === '') throw undecodable(`header ${name} is missing`);
  return text;
}

/** What an event does not need must not cost it its handling. */
function optional(text: HeaderText): string | undefined {
  return typeof text === 'object' ? undefined : text;
}

/** @throws MessagingError RECORD_UNDECODABLE when the value is not JSON in UTF-8 */
export function decodeValue(value: Buffer | null): unknown {
  if (value === null) throw undecodable('the record has no value');
  try {
    return JSON.parse(strictUtf8(value));
  } catch (cause) {
    throw undecodable('the value is not JSON in UTF-8', cause);
  }
}

function undecodable(problem: string, cause?: unknown): MessagingError {
  return new MessagingError('RECORD_UNDECODABLE', problem, { cause });
}
