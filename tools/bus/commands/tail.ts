import {
  describeRecord,
  findEnds,
  findOffsets,
  isInternal,
  parseRecordFilter,
  readRecords,
  requireTopics,
} from '@event-bus/messaging-client/inspect';
import type { Broker, OnUndecodable, Place, RecordDocument, Span } from '@event-bus/messaging-client/inspect';
import { withBroker } from '../broker/connect.ts';
import type { Call, Command } from '../command.ts';
import { badUsage, EXIT } from '../problem.ts';
import { formatRecord, formatUndecodable } from '../record-text.ts';

const SHOWN_DEFAULT = 100;
const SHOWN_MAX = 1_000_000;
/** Without --from: so many of each partition. */
const LAST_DEFAULT = 10;

export const tail: Command = {
  name: 'tail',
  summary: 'Shows records, oldest first. Joins no group and commits nothing.',
  takes: '[topic…]',
  options: {
    follow: { type: 'boolean', help: 'show new records as they come, until Ctrl-C or --limit' },
    from: { type: 'string', value: 'PLACE', help: 'an offset, a time, 15m, 2h, start or end' },
    last: {
      type: 'string',
      value: 'N',
      help: `the last N of each partition; default without --from: ${LAST_DEFAULT}`,
    },
    where: { type: 'string', value: 'FIELD=VALUE,…', help: 'type, key, id, topic, partition, header.NAME, value.PATH' },
    limit: { type: 'string', value: 'N', help: `at most N records; default without --follow: ${SHOWN_DEFAULT}` },
  },
  notes: ['Without a topic: all topics.'],
  examples: [
    'tail member',
    'tail --follow --where type=order.completed',
    'tail member --from 15m --where key=0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d --json',
    'tail order --from 120 --limit 5',
  ],
  run: tailTopics,
};

async function tailTopics({ given, settings, output, signal }: Call): Promise<0> {
  const follow = given.flag('follow');
  const where = parseRecordFilter(given.text('where'));
  const from = given.place('from');
  if (from !== undefined && given.text('last') !== undefined) {
    throw badUsage('--from and --last exclude each other', 'Give one of them.');
  }
  // Following starts at the end; without it the last records are shown.
  const last = given.count('last', { otherwise: follow ? 0 : LAST_DEFAULT, max: SHOWN_MAX });
  const limit = given.count('limit', { otherwise: follow ? Number.POSITIVE_INFINITY : SHOWN_DEFAULT, max: SHOWN_MAX });

  await withBroker(settings.broker(), async (broker) => {
    const spans = await findSpans(broker, given.positionals, { from, last, follow });
    const found: RecordDocument[] = [];
    const noteUndecodable: OnUndecodable = (place, batch) => output.note(formatUndecodable(place, batch));
    let shown = 0;
    let read = 0;
    for await (const record of readRecords(broker.cluster, spans, signal, noteUndecodable)) {
      read += 1;
      if (read % 10_000 === 0) output.progress(`${read} records read, ${shown} match`);
      const document = describeRecord(record);
      if (!where(document)) continue;
      shown += 1;
      if (follow) output.line(document, () => formatRecord(document));
      else found.push(document);
      if (shown >= limit) break;
    }
    output.endProgress();
    // Partitions are read side by side; without --follow the records can be sorted.
    for (const document of found.toSorted(byTime)) output.line(document, () => formatRecord(document));
    if (!follow && shown >= limit) output.note(`The limit of ${limit} records is reached; raise it with --limit.`);
    if (!follow && shown === 0) output.note(`No record matches; ${read} were read.`);
  });
  return EXIT.fine;
}

async function findSpans(
  { admin }: Broker,
  wanted: readonly string[],
  { from, last, follow }: { from: Place | undefined; last: number; follow: boolean },
): Promise<Span[]> {
  await requireTopics(admin, wanted);
  const topics = wanted.length > 0 ? wanted : (await admin.listTopics()).filter((topic) => !isInternal(topic));
  const spans: Span[] = [];
  for (const topic of topics) {
    const ends = await findEnds(admin, topic);
    const begins = from === undefined ? undefined : await findOffsets(admin, topic, ends, from);
    for (const { partition, first, next } of ends) {
      const lastOnes = next - BigInt(last) < first ? first : next - BigInt(last);
      spans.push({ topic, partition, from: begins?.get(partition) ?? lastOnes, to: follow ? undefined : next });
    }
  }
  return spans;
}

function byTime(one: RecordDocument, other: RecordDocument): number {
  return one.time < other.time ? -1 : one.time > other.time ? 1 : 0;
}
