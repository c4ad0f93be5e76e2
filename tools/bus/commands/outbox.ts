import { OUTBOX_ROWS_COUNTED_MAX } from '../../../packages/messaging-client/src/limits.ts';
import { countWaitingEvents } from '../../../packages/messaging-client/src/outbox/inspect-outbox.ts';
import type { WaitingEvents } from '../../../packages/messaging-client/src/outbox/inspect-outbox.ts';
import { findRejectedRows } from '../../../packages/messaging-client/src/outbox/resolve-rejected-rows.ts';
import type { RejectedRow } from '../../../packages/messaging-client/src/outbox/resolve-rejected-rows.ts';
import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import type { Database } from '../database/open-database.ts';
import { EXIT } from '../problem.ts';
import { REJECTED_ROW_COLUMNS, rejectedRowCells } from './outbox-resolve.ts';

/** Of each service; `outbox retry` and `drop` act on all. */
const REJECTED_ROWS_SHOWN_MAX = 20;

interface OutboxDocument {
  readonly service: string;
  readonly rows: number;
  readonly oldestSeconds: number;
  readonly rejected: number;
  readonly kinds: readonly WaitingEvents[];
  /** The first of those that the broker rejects. */
  readonly rejectedRows: readonly RejectedRow[];
}

export const outbox: Command = {
  name: 'outbox',
  summary: 'Rows that wait in the outboxes of the services, the age of the oldest, and rows that the broker rejects.',
  options: {
    service: { type: 'string', value: 'NAME', help: 'only of this service' },
    'max-age': { type: 'string', value: 'SECONDS', help: 'exit code 1 when a row waits for longer' },
  },
  notes: [
    'A row is rejected when the broker does not accept it, or when an earlier row of its key is rejected. Rejected rows are listed',
    `with the error of the broker; see "outbox retry" and "outbox drop". At most ${OUTBOX_ROWS_COUNTED_MAX} rows are counted.`,
  ],
  examples: ['outbox', 'outbox --service member-service --max-age 60 --json'],
  run: showOutboxes,
};

async function showOutboxes({ given, settings, output }: Call): Promise<0 | 1> {
  const maxAge = given.count('max-age', { otherwise: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const outboxes = await inEach(settings.databasesOf(given.text('service')), showOutbox);
  output.answer({ outboxes }, () => {
    output.table(
      ['service', 'waiting', 'oldest', 'rejected'],
      outboxes.map(({ service, rows, oldestSeconds, rejected }) => [
        service,
        rows,
        rows === 0 ? '-' : formatDuration(oldestSeconds * 1_000),
        rejected,
      ]),
    );
    for (const { service, kinds, rejectedRows } of outboxes.filter(({ rows }) => rows > 0)) {
      output.say(`\n${service}`);
      output.table(
        ['  topic', 'event', 'waiting', 'oldest', 'rejected'],
        kinds.map((kind) => [
          `  ${kind.topic}`,
          kind.event,
          kind.rows,
          formatDuration(kind.oldestSeconds * 1_000),
          kind.rejected,
        ]),
      );
      if (rejectedRows.length > 0) output.table(REJECTED_ROW_COLUMNS, rejectedRows.map(rejectedRowCells));
    }
  });
  const isFine = outboxes.every(({ rejected, oldestSeconds }) => rejected === 0 && oldestSeconds <= maxAge);
  return isFine ? EXIT.fine : EXIT.problem;
}

async function showOutbox({ service, query }: Database): Promise<OutboxDocument> {
  const kinds = await countWaitingEvents(query);
  return {
    service,
    rows: kinds.reduce((sum, { rows }) => sum + rows, 0),
    oldestSeconds: Math.max(0, ...kinds.map(({ oldestSeconds }) => oldestSeconds)),
    rejected: kinds.reduce((sum, { rejected }) => sum + rejected, 0),
    kinds,
    rejectedRows: await findRejectedRows(query, {}, REJECTED_ROWS_SHOWN_MAX),
  };
}
