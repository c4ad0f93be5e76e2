import {
  describeRecord,
  findEnds,
  parseRecordFilter,
  readRecords,
  requireTopics,
} from '@event-bus/messaging-client/inspect';
import type { Broker, PartitionEnds, RecordDocument, Span } from '@event-bus/messaging-client/inspect';
import { z } from 'zod';
import type { Tail } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { TAIL_RECORDS_FILTERED, TAIL_RECORDS_MAX, TAIL_RECORDS_NEW_MAX } from '../limits.ts';
import { summaryOf } from './record-summary.ts';

interface Wanted {
  readonly topic: string;
  readonly filter: string | undefined;
  readonly after: string | undefined;
}

/** The next offset of each partition, as text. */
const place = z.record(z.string().regex(/^\d{1,9}$/), z.string().regex(/^\d{1,18}$/));

/**
 * The newest records, newest first; or those since the tail before, of which `next` remembers where it ended. Of many records
 * since then the newest are read, and the others are left out.
 */
export async function readTail(broker: Broker, signal: AbortSignal, { topic, filter, after }: Wanted): Promise<Tail> {
  const matches = parseRecordFilter(filter === '' ? undefined : filter);
  const known = after === undefined ? undefined : placeOf(after);
  await requireTopics(broker.admin, [topic]);
  const ends = await findEnds(broker.admin, topic);
  const depth = known !== undefined ? TAIL_RECORDS_NEW_MAX : filter ? TAIL_RECORDS_FILTERED : TAIL_RECORDS_MAX;
  const spans = ends.map((end) => spanOf(topic, end, known?.[end.partition], depth));
  const found: RecordDocument[] = [];
  for await (const record of readRecords(broker.cluster, spans, signal, () => undefined)) {
    const document = describeRecord(record);
    if (matches(document)) found.push(document);
  }
  const newest = found.sort(newestFirst).slice(0, known === undefined ? TAIL_RECORDS_MAX : TAIL_RECORDS_NEW_MAX);
  const next = Object.fromEntries(ends.map((end) => [end.partition, String(end.next)]));
  return { records: newest.map(summaryOf), next: Buffer.from(JSON.stringify(next)).toString('base64url') };
}

function spanOf(
  topic: string,
  { partition, first, next }: PartitionEnds,
  known: string | undefined,
  depth: number,
): Span {
  const deepest = next - BigInt(depth);
  // A topic that was deleted and created again starts at 0 once more.
  const wanted = known === undefined || BigInt(known) > next ? deepest : BigInt(known);
  const from = [wanted, deepest, first].reduce((one, other) => (one > other ? one : other));
  return { topic, partition, from, to: next };
}

function newestFirst(one: RecordDocument, other: RecordDocument): number {
  if (one.time !== other.time) return one.time < other.time ? 1 : -1;
  return one.partition - other.partition || Number(BigInt(other.offset) - BigInt(one.offset));
}

function placeOf(after: string): Record<string, string> {
  try {
    return place.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
  } catch {
    throw new ConsoleProblem(400, 'after is not the `next` of a tail.', 'Leave it out to read the newest records.', {
      code: 'after-wrong',
      params: {},
    });
  }
}
