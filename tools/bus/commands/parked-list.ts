import { listParkedLanes } from '../../../packages/messaging-client/src/parking/list-parked-lanes.ts';
import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import { oneLine } from '../output.ts';
import { EXIT } from '../problem.ts';
import { textOfBytes } from '@event-bus/messaging-client/inspect';

const LISTED_DEFAULT = 100;
const LISTED_MAX = 10_000;

export const parkedList: Command = {
  name: 'parked list',
  summary: 'Keys whose records wait for their next attempt, with the record to be retried and how many wait behind it.',
  options: {
    service: { type: 'string', value: 'NAME', help: 'only of this service' },
    topic: { type: 'string', value: 'NAME', help: 'from this topic' },
    key: { type: 'string', value: 'TEXT', help: 'this key' },
    limit: { type: 'string', value: 'N', help: `keys of each service; ${LISTED_DEFAULT} when not given` },
  },
  examples: ['parked list', 'parked list --service mail-service --topic member --json'],
  run: listParked,
};

async function listParked({ given, settings, output }: Call): Promise<0> {
  const limit = given.count('limit', { otherwise: LISTED_DEFAULT, max: LISTED_MAX });
  const filter = { topic: given.text('topic'), key: given.text('key') };
  const found = await inEach(settings.databasesOf(given.text('service')), ({ query }) =>
    listParkedLanes(query, filter, limit),
  );
  const lanes = found.flat().map((row) => ({ ...row, key: textOfBytes(row.key), eventIds: undefined }));
  output.answer({ parked: lanes }, () => {
    if (lanes.length === 0) return output.say('Nothing is parked.');
    output.table(
      ['group', 'record', 'key', 'event', 'records', 'attempts', 'next attempt', 'error'],
      lanes.map((lane) => [
        lane.group,
        `${lane.topic}/${lane.partition}/${lane.offset}`,
        oneLine(lane.key ?? '(none)', 40),
        lane.event,
        lane.records,
        lane.attempts,
        nextAttempt(lane),
        oneLine(lane.error ?? '-', 60),
      ]),
    );
  });
  if (found.some((rows) => rows.length === limit)) output.note(`There may be more than ${limit}; --limit shows them.`);
  return EXIT.fine;
}

function nextAttempt({ dueAt, heldBy }: { dueAt: Date | null; heldBy: string | null }): string {
  if (heldBy !== null) return `held by dead letter ${heldBy}`;
  if (dueAt === null) return '-';
  const inMs = dueAt.getTime() - Date.now();
  return inMs <= 0 ? 'now' : `in ${formatDuration(inMs)}`;
}
