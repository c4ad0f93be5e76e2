import type { RecordDocument, Span, UndecodableBatch } from '@event-bus/messaging-client/inspect';
import { oneLine } from './output.ts';

const VALUE_CHARACTERS_MAX = 160;

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
