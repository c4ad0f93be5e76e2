import type { RecordDocument } from '@event-bus/messaging-client/inspect';
import type { RecordSummary } from '../api.ts';
import { keyFieldOf } from '../contracts/key-field.ts';
import { TAIL_VALUE_CHARACTERS_MAX } from '../limits.ts';

const BASE64 = 'base64:';

export function summaryOf(record: RecordDocument): RecordSummary {
  const { topic, partition, offset, time, id, type, key, value } = record;
  return {
    topic,
    partition,
    offset,
    at: time,
    eventId: id,
    event: type,
    key: textOrHex(key),
    value: oneLine(topic, value),
  };
}

/** The key is shown beside the value, so its field is left out of it. */
function oneLine(topic: string, value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string' && value.startsWith(BASE64)) return `${bytesOf(value).length} B`;
  const text = typeof value === 'string' ? value : JSON.stringify(withoutField(value, keyFieldOf(topic)));
  return text.length <= TAIL_VALUE_CHARACTERS_MAX ? text : `${text.slice(0, TAIL_VALUE_CHARACTERS_MAX - 1)}…`;
}

function withoutField(value: unknown, field: string | null): unknown {
  if (field === null || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== field));
}

/** Bytes that are not UTF-8 are described as base64; a person reads hex. */
export function textOrHex(text: string | null): string | null {
  return text?.startsWith(BASE64) ? bytesOf(text).toString('hex') : text;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(BASE64.length), 'base64');
}
