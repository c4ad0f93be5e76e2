import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import { describeTopic, isInternal, readTopicSettings, requireTopics } from '@event-bus/messaging-client/inspect';
import type { Broker, PartitionEnds } from '@event-bus/messaging-client/inspect';
import { withBroker } from '../broker/connect.ts';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../problem.ts';

interface TopicDocument {
  readonly topic: string;
  readonly records: bigint;
  /** -1: for ever. */
  readonly retentionMs: number | undefined;
  readonly partitions: readonly PartitionEnds[];
}

export const topics: Command = {
  name: 'topics',
  summary: 'Topics with their partitions, first and next offset, records and retention.',
  takes: '[topic…]',
  options: { internal: { type: 'boolean', help: "also the broker's own topics" } },
  notes: ['Records are counted by offsets: transactions and compaction leave gaps that are counted, too.'],
  examples: ['topics', 'topics member order', 'topics --json'],
  run: listTopics,
};

async function listTopics({ given, settings, output }: Call): Promise<0> {
  const found = await withBroker(settings.broker(), async (broker) => {
    await requireTopics(broker.admin, given.positionals);
    const all = given.positionals.length > 0 ? given.positionals : await broker.admin.listTopics();
    const shown = all.filter((topic) => given.flag('internal') || given.positionals.length > 0 || !isInternal(topic));
    return describeTopics(broker, [...shown].sort());
  });
  output.answer({ topics: found }, () =>
    output.table(
      ['topic', 'partition', 'first', 'next', 'records', 'retention'],
      found.flatMap(({ topic, retentionMs, partitions }) =>
        partitions.map(({ partition, first, next }) => [
          topic,
          partition,
          first,
          next,
          next - first,
          retentionText(retentionMs),
        ]),
      ),
    ),
  );
  return EXIT.fine;
}

async function describeTopics({ admin }: Broker, names: readonly string[]): Promise<TopicDocument[]> {
  const settings = await readTopicSettings(admin, names, ['retention.ms']);
  const found: TopicDocument[] = [];
  for (const name of names) {
    const { topic, records, partitions } = await describeTopic(admin, name);
    const retentionMs = Number(settings.get(topic)?.['retention.ms'] ?? Number.NaN);
    found.push({ topic, records, retentionMs: Number.isNaN(retentionMs) ? undefined : retentionMs, partitions });
  }
  return found;
}

function retentionText(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 0 ? 'for ever' : formatDuration(ms);
}
