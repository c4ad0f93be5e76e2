import { describeRecord, findEnds, readRecords, requireTopics, textOfBytes } from '@event-bus/messaging-client/inspect';
import type { Broker, BusRecord, PartitionEnds } from '@event-bus/messaging-client/inspect';
import type { RecordDetail } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { RECORD_SEARCHED_MAX } from '../limits.ts';
import { summaryOf, textOrHex } from './record-summary.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** @throws ConsoleProblem 404 that says which offsets there are */
export async function readRecord(broker: Broker, signal: AbortSignal, place: Place): Promise<RecordDetail> {
  const { topic, partition, offset } = place;
  await requireTopics(broker.admin, [topic]);
  const ends = await findEnds(broker.admin, topic);
  const end = ends.find((one) => one.partition === partition);
  if (end === undefined) {
    const last = String(ends.length - 1);
    throw new ConsoleProblem(404, `${topic} has no partition ${partition}.`, `It has 0 to ${last}.`, {
      code: 'partition-unknown',
      params: { topic, partition: String(partition), last },
    });
  }
  if (offset < end.first || offset >= end.next) throw outside(place, end);
  const record = await recordAt(broker, signal, place, end);
  if (record === undefined) {
    throw new ConsoleProblem(
      404,
      `There is no record at ${topic}/${partition}@${offset}: transactions and compaction leave offsets without one.`,
      'Look at the record before or after it.',
      { code: 'offset-without-record', params: { place: `${topic}/${partition}@${offset}` } },
    );
  }
  const value = record.message.value ?? Buffer.alloc(0);
  const text = record.message.value === null ? null : textOfBytes(value);
  return {
    ...summaryOf(describeRecord(record)),
    headers: [...(record.message.headers ?? [])].map(([name, bytes]) => ({
      name,
      value: textOrHex(textOfBytes(bytes)) ?? '',
    })),
    text: text?.startsWith('base64:') ? null : text,
    hex: value.toString('hex'),
    bytes: value.length,
    previous: offset > end.first ? String(offset - 1n) : null,
    next: offset + 1n < end.next ? String(offset + 1n) : null,
  };
}

async function recordAt(
  { cluster }: Broker,
  signal: AbortSignal,
  { topic, partition, offset }: Place,
  { next }: PartitionEnds,
): Promise<BusRecord | undefined> {
  const to = offset + RECORD_SEARCHED_MAX < next ? offset + RECORD_SEARCHED_MAX : next;
  const records = readRecords(cluster, [{ topic, partition, from: offset, to }], signal, () => undefined);
  for await (const record of records) return record.offset === offset ? record : undefined;
  return undefined;
}

function outside({ topic, partition, offset }: Place, { first, next }: PartitionEnds): ConsoleProblem {
  const at = `${topic}/${partition}`;
  const range = first === next ? 'it is empty' : `it has the offsets ${first} to ${next - 1n}`;
  return new ConsoleProblem(
    404,
    `${topic}/${partition} has no record at offset ${offset}: ${range}.`,
    offset < first ? 'The retention of the topic has deleted it.' : `The next record gets offset ${next}.`,
    first === next
      ? { code: 'partition-empty', params: { place: at } }
      : {
          code: 'offset-unknown',
          params: { place: at, offset: String(offset), first: String(first), last: String(next - 1n) },
        },
  );
}
