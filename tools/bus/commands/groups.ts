import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import { withBroker } from '../broker/connect.ts';
import type { Broker } from '../broker/connect.ts';
import { findEnds } from '../broker/places.ts';
import { AssignerProtocol } from '../broker/kafkajs.ts';
import { readRecords } from '../broker/read-records.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, refused } from '../problem.ts';

interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Null where the group has committed nothing: everything that is kept is before it. */
  readonly committed: bigint | null;
  /** Of the first record that is kept. */
  readonly first: bigint;
  readonly next: bigint;
  /** Records that retention deleted before the group had committed them: they are lost to it. */
  readonly skippedRecords: bigint;
  readonly lagRecords: bigint;
  /** Age of the oldest record that is not committed; 0 without lag, null when it could not be read. */
  lagSeconds: number | null;
}

interface GroupDocument {
  readonly group: string;
  readonly state: string;
  readonly members: Array<{ readonly clientId: string; readonly host: string }>;
  readonly lagRecords: bigint;
  readonly lagSeconds: number;
  readonly skippedRecords: bigint;
  readonly partitions: readonly PartitionLag[];
}

export const groups: Command = {
  name: 'groups',
  summary: 'Consumer groups with their members, and their lag in records and in seconds.',
  takes: '[group…]',
  options: {
    'max-lag': { type: 'string', value: 'RECORDS', help: 'exit code 1 when a group lags by more' },
  },
  notes: [
    'The seconds are the age of the oldest record that the group has not committed.',
    'Records that were deleted before the group had committed them are not lag. They are counted separately; with --max-lag they, too, make the exit code 1.',
  ],
  examples: ['groups', 'groups mail-service', 'groups --max-lag 1000 --json'],
  run: listGroups,
};

async function listGroups({ given, settings, output, signal }: Call): Promise<0 | 1> {
  const maxLag = given.count('max-lag', { otherwise: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const found = await withBroker(settings.broker(), async (broker) => {
    const names = await groupNames(broker, given.positionals);
    const described: GroupDocument[] = [];
    for (const name of names) {
      output.progress(`${described.length} of ${names.length} groups`);
      described.push(await describeGroup(broker, name, signal));
    }
    return described;
  });
  output.endProgress();
  output.answer({ groups: found }, () => {
    if (found.length === 0) output.say('There is no consumer group yet.');
    for (const { group, state, members, lagRecords, lagSeconds, skippedRecords, partitions } of found) {
      const behind =
        lagRecords === 0n
          ? withoutLag(partitions)
          : `${lagRecords} records, ${formatDuration(lagSeconds * 1_000)} behind`;
      const lost = skippedRecords === 0n ? '' : `, ${skippedRecords} deleted before they were read`;
      output.say(
        `${group}: ${state}, ${members.length} ${members.length === 1 ? 'member' : 'members'}, ${behind}${lost}`,
      );
      if (partitions.length === 0) continue;
      output.table(
        ['  topic', 'partition', 'committed', 'next', 'lag', 'oldest', 'deleted unread'],
        partitions.map((one) => [
          `  ${one.topic}`,
          one.partition,
          one.committed ?? '-',
          one.next,
          one.lagRecords,
          ageText(one),
          one.skippedRecords === 0n ? '-' : one.skippedRecords,
        ]),
      );
    }
  });
  const isProblem = found.some(
    ({ lagRecords, skippedRecords }) =>
      lagRecords > maxLag || (skippedRecords > 0n && given.text('max-lag') !== undefined),
  );
  return isProblem ? EXIT.problem : EXIT.fine;
}

async function groupNames({ admin }: Broker, wanted: readonly string[]): Promise<string[]> {
  const { groups: all } = await admin.listGroups();
  const known = all.map(({ groupId }) => groupId).sort();
  const missing = wanted.find((name) => !known.includes(name));
  if (missing !== undefined) throw refused(`there is no group ${missing}`, `There are: ${known.join(', ') || 'none'}.`);
  return wanted.length > 0 ? [...wanted] : known;
}

async function describeGroup(broker: Broker, group: string, signal: AbortSignal): Promise<GroupDocument> {
  const { admin } = broker;
  const [{ groups: descriptions }, offsets] = await Promise.all([
    admin.describeGroups([group]),
    admin.fetchOffsets({ groupId: group }),
  ]);
  const members = descriptions[0]?.members ?? [];
  const topics = new Set([...offsets.map(({ topic }) => topic), ...members.flatMap(subscribedTopics)]);
  const existing = new Set(await admin.listTopics());
  const partitions: PartitionLag[] = [];
  for (const topic of [...topics].filter((name) => existing.has(name)).sort()) {
    const ofTopic = offsets.find((one) => one.topic === topic)?.partitions ?? [];
    // Every partition there is: one without a committed offset, as a topic has that was given more, lags by all it keeps.
    for (const { partition, first, next } of await findEnds(admin, topic)) {
      const offset = BigInt(ofTopic.find((one) => one.partition === partition)?.offset ?? -1);
      const committed = offset < 0n ? null : offset;
      // What retention has taken is not waited for any more, and never read.
      const skippedRecords = committed !== null && committed < first ? first - committed : 0n;
      const from = committed === null || committed < first ? first : committed;
      const lagRecords = from < next ? next - from : 0n;
      const lagSeconds = lagRecords === 0n ? 0 : null;
      partitions.push({ topic, partition, committed, first, next, skippedRecords, lagRecords, lagSeconds });
    }
  }
  await readAges(broker, partitions, signal);
  return {
    group,
    state: descriptions[0]?.state ?? 'Unknown',
    members: members.map(({ clientId, clientHost }) => ({ clientId, host: clientHost })),
    lagRecords: partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0n),
    skippedRecords: partitions.reduce((sum, { skippedRecords }) => sum + skippedRecords, 0n),
    lagSeconds: Math.max(0, ...partitions.map(({ lagSeconds }) => lagSeconds ?? 0)),
    partitions,
  };
}

/** A joined member announces its topics, also before it has committed anything. */
function subscribedTopics({ memberMetadata }: { readonly memberMetadata: Buffer }): readonly string[] {
  if (memberMetadata.length === 0) return [];
  return AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [];
}

/** Reads the one record at which each lagging partition stands, or the next one that can be decoded. */
async function readAges({ cluster }: Broker, partitions: readonly PartitionLag[], signal: AbortSignal): Promise<void> {
  const lagging = partitions.filter(({ lagRecords }) => lagRecords > 0n);
  const spans = lagging.map(({ topic, partition, next, lagRecords }) => ({
    topic,
    partition,
    from: next - lagRecords,
    to: next,
  }));
  let missing = lagging.length;
  for await (const { topic, partition, time } of readRecords(cluster, spans, signal, () => undefined)) {
    const lag = lagging.find((one) => one.topic === topic && one.partition === partition)!;
    if (lag.lagSeconds === null) {
      lag.lagSeconds = Math.max(0, Math.round((Date.now() - time.getTime()) / 100) / 10);
      missing -= 1;
    }
    if (missing === 0) return;
  }
}

function withoutLag(partitions: readonly PartitionLag[]): string {
  return partitions.every(({ committed }) => committed === null) ? 'nothing committed' : 'no lag';
}

function ageText({ lagSeconds }: PartitionLag): string {
  if (lagSeconds === null) return '?';
  return lagSeconds === 0 ? '-' : formatDuration(lagSeconds * 1_000);
}
