import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import { oneLine } from '../output.ts';
import { EXIT } from '../problem.ts';
import { textOfBytes } from '../record-text.ts';

const LISTED_DEFAULT = 100;
const LISTED_MAX = 10_000;

interface LaneRow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly event: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly dueAt: Date | null;
  readonly records: number;
  readonly heldBy: string | null;
}

/** The first record of each lane, with how many there are and the dead letter that holds them, if one does. */
const LANES = `
  SELECT DISTINCT ON (consumer_group, topic, "partition", lane)
         consumer_group AS "group", topic, "partition", "offset", key, event, attempts, error, due_at AS "dueAt",
         (count(*) OVER (PARTITION BY consumer_group, topic, "partition", lane))::integer AS records,
         (SELECT id FROM dead_letter
           WHERE dead_letter.consumer_group = parked_record.consumer_group AND dead_letter.topic = parked_record.topic
             AND dead_letter."partition" = parked_record."partition" AND dead_letter.lane = parked_record.lane
             AND dead_letter.state = 'open' AND dead_letter.policy = 'hold'
           ORDER BY dead_letter."offset" LIMIT 1) AS "heldBy"
    FROM parked_record
   WHERE ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = convert_to($2, 'UTF8'))
   ORDER BY consumer_group, topic, "partition", lane, "offset", id
   LIMIT $3`;

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
  const values = [given.text('topic') ?? null, given.text('key') ?? null, limit];
  const found = await inEach(settings.databasesOf(given.text('service')), ({ query }) => query<LaneRow>(LANES, values));
  const lanes = found.flat().map((row) => ({ ...row, key: textOfBytes(row.key) }));
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
