import { MessagingError } from '../errors.ts';
import type { KafkaRecord, RecordHeaders } from '../kafka/driver.ts';
import { RECORD_HEADER_BYTES_MAX, RECORD_HEADERS_MAX } from '../limits.ts';
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

/** What the lenient decoder puts in place of what is no UTF-8, and what only the strict one leaves out. */
const REPLACEMENT = '\uFFFD';
const BYTE_ORDER_MARK = '\uFEFF';

/** An id longer than this is no id; the inbox keeps it as a key. */
const EVENT_ID_CHARACTERS_MAX = 200;

/**
 * Reads the CloudEvents headers.
 * @throws MessagingError RECORD_UNDECODABLE naming the header that is missing or wrong
 */
export function decodeHeaders(message: Pick<KafkaRecord, 'headers'>): EventHeaders {
  checkBounds(message.headers);
  const first = (header: string): string | Buffer | undefined => {
    const value = message.headers?.[header];
    return Array.isArray(value) ? value[0] : value;
  };
  const required = (header: string): string => {
    const bytes = first(header);
    const value = Buffer.isBuffer(bytes) ? headerText(header, bytes) : bytes;
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
    time: optionalText(first(HEADER.time)) ?? '',
    traceparent: optionalText(first(HEADER.traceparent)),
  };
}

/** More than anybody writes on purpose; all of them would be stored wherever the record is. */
function checkBounds(headers: RecordHeaders | undefined): void {
  let count = 0;
  let bytes = 0;
  for (const name in headers) {
    const values = headers[name];
    count += Array.isArray(values) ? values.length : 1;
    bytes += name.length;
    if (!Array.isArray(values)) bytes += values?.length ?? 0;
    else for (const value of values) bytes += value.length;
  }
  if (count > RECORD_HEADERS_MAX || bytes > RECORD_HEADER_BYTES_MAX) {
    throw undecodable(
      `${count} headers with ${bytes} bytes in all; the limits are ${RECORD_HEADERS_MAX} headers and ${RECORD_HEADER_BYTES_MAX} bytes`,
    );
  }
}

/** What an event does not need must not cost it its handling. */
function optionalText(value: string | Buffer | undefined): string | undefined {
  if (!Buffer.isBuffer(value)) return value;
  try {
    return utf8(value);
  } catch {
    return undefined;
  }
}

/** Two ids that are not UTF-8 would else become the same one. */
function headerText(header: string, bytes: Buffer): string {
  try {
    return utf8(bytes);
  } catch (cause) {
    throw undecodable(`header ${header} is not UTF-8`, cause);
  }
}

/** @throws MessagingError RECORD_UNDECODABLE when the value is not JSON in UTF-8 */
export function decodeValue(value: Buffer | null): unknown {
  if (value === null) throw undecodable('the record has no value');
  try {
    return JSON.parse(utf8(value));
  } catch (cause) {
    throw undecodable('the value is not JSON in UTF-8', cause);
  }
}

/**
 * The lenient decoder is several times as fast, and the strict one has to be asked only where they may differ.
 * @throws TypeError when the bytes are not UTF-8
 */
function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) || text.includes(REPLACEMENT) ? UTF8.decode(bytes) : text;
}

function undecodable(problem: string, cause?: unknown): MessagingError {
  return new MessagingError('RECORD_UNDECODABLE', problem, { cause });
}
