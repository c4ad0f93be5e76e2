import type { RecordHeaders } from '../driver.ts';
import type { ByteCursor } from './byte-cursor.ts';

const EMPTY = Buffer.alloc(0);

/**
 * So many headers by name, in time that grows with their number alone. The object has no prototype, so that one called `__proto__` or
 * `constructor` is a header like others. A header without a value is an empty one.
 */
export function readHeaders(cursor: ByteCursor, count: number): RecordHeaders {
  const headers = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (let n = 0; n < count; n += 1) {
    const nameBytes = cursor.varint();
    const from = cursor.skip(nameBytes);
    const name = cursor.bytes.toString('utf8', from, from + nameBytes);
    const value = cursor.varintBytes() ?? EMPTY;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[name] = [before, value];
  }
  return headers;
}
