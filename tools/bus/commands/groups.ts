import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import { describeGroups, findGroups } from '@event-bus/messaging-client/inspect';
import type { GroupDescription, PartitionLag } from '@event-bus/messaging-client/inspect';
import { withBroker } from '../broker/connect.ts';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../problem.ts';

/** So that many are asked for in parts, with a word about how far it is. */
const GROUPS_AT_ONCE = 100;

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
    const names = await findGroups(broker, given.positionals);
    const described: GroupDescription[] = [];
    while (described.length < names.length) {
      output.progress(`${described.length} of ${names.length} groups`);
      const next = names.slice(described.length, described.length + GROUPS_AT_ONCE);
      described.push(...(await describeGroups(broker, next, signal)));
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
          : `${lagRecords} records${lagSeconds === null ? '' : `, ${formatDuration(lagSeconds * 1_000)}`} behind`;
      const lost = skippedRecords === 0n ? '' : `, ${skippedRecords} deleted before they were read`;
      output.say(`${group}: ${membersText(state, members)}, ${behind}${lost}`);
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

function membersText(state: string, members: GroupDescription['members']): string {
  if (members === null) return "newer protocol (KIP-848), members are not listed by the classic protocol's requests";
  return `${state}, ${members.length} ${members.length === 1 ? 'member' : 'members'}`;
}

function withoutLag(partitions: readonly PartitionLag[]): string {
  return partitions.every(({ committed }) => committed === null) ? 'nothing committed' : 'no lag';
}

function ageText({ lagSeconds }: PartitionLag): string {
  if (lagSeconds === null) return '?';
  return lagSeconds === 0 ? '-' : formatDuration(lagSeconds * 1_000);
}
