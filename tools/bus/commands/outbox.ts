import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import type { Database } from '../database/open-database.ts';
import { formatDuration } from '../output.ts';
import { EXIT } from '../problem.ts';

/** Counting stops here: what is wrong shows long before. */
const ROWS_COUNTED_MAX = 1_000_000;
const KINDS_MAX = 50;
/** A row that others overtake by so much is not waiting for its turn: the broker refuses it, or one before it on its key. */
const OVERTAKEN_AFTER_S = 5;

interface Waiting {
  readonly topic: string;
  readonly event: string;
  readonly rows: number;
  readonly oldestSeconds: number;
  /** Later rows have been published meanwhile. */
  readonly refused: number;
}

interface OutboxDocument {
  readonly service: string;
  readonly rows: number;
  readonly oldestSeconds: number;
  readonly refused: number;
  readonly kinds: readonly Waiting[];
}

const WAITING = `
  WITH waiting AS (
    SELECT aggregatetype, type, created_at FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT ${ROWS_COUNTED_MAX}
  ), newest AS (
    SELECT created_at FROM outbox WHERE published_at IS NOT NULL ORDER BY published_at DESC LIMIT 1
  )
  SELECT aggregatetype AS topic, type AS event, count(*)::integer AS rows,
         extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS "oldestSeconds",
         (count(*) FILTER (WHERE created_at < (SELECT created_at FROM newest) - interval '${OVERTAKEN_AFTER_S} s'))::integer AS refused
    FROM waiting GROUP BY aggregatetype, type ORDER BY rows DESC LIMIT ${KINDS_MAX}`;

export const outbox: Command = {
  name: 'outbox',
  summary: 'What waits in the outboxes of the services: rows, age of the oldest, and those that are refused.',
  options: {
    service: { type: 'string', value: 'NAME', help: 'of this service only' },
    'max-age': { type: 'string', value: 'SECONDS', help: 'end with 1 when a row waits for longer' },
  },
  notes: [
    `Refused: rows that later ones have overtaken by more than ${OVERTAKEN_AFTER_S} s. The broker does not take them, or not the one`,
    `before them on their key; the log of the service says why. At most ${ROWS_COUNTED_MAX} rows are counted.`,
  ],
  examples: ['outbox', 'outbox --service member-service --max-age 60 --json'],
  run: showOutboxes,
};

async function showOutboxes({ given, settings, output }: Call): Promise<0 | 1> {
  const maxAge = given.count('max-age', { otherwise: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const outboxes = await inEach(settings.databasesOf(given.text('service')), showOutbox);
  output.answer({ outboxes }, () => {
    output.table(
      ['service', 'waiting', 'oldest', 'refused'],
      outboxes.map(({ service, rows, oldestSeconds, refused }) => [
        service,
        rows,
        rows === 0 ? '-' : formatDuration(oldestSeconds * 1_000),
        refused,
      ]),
    );
    for (const { service, kinds } of outboxes.filter(({ rows }) => rows > 0)) {
      output.say(`\n${service}`);
      output.table(
        ['  topic', 'event', 'waiting', 'oldest', 'refused'],
        kinds.map((kind) => [
          `  ${kind.topic}`,
          kind.event,
          kind.rows,
          formatDuration(kind.oldestSeconds * 1_000),
          kind.refused,
        ]),
      );
    }
  });
  const isFine = outboxes.every(({ refused, oldestSeconds }) => refused === 0 && oldestSeconds <= maxAge);
  return isFine ? EXIT.fine : EXIT.problem;
}

async function showOutbox({ service, query }: Database): Promise<OutboxDocument> {
  const kinds = await query<Waiting>(WAITING);
  return {
    service,
    rows: kinds.reduce((sum, { rows }) => sum + rows, 0),
    oldestSeconds: Math.max(0, ...kinds.map(({ oldestSeconds }) => oldestSeconds)),
    refused: kinds.reduce((sum, { refused }) => sum + refused, 0),
    kinds,
  };
}
