import {
  dropRejectedRows,
  retryRejectedRows,
} from '../../../packages/messaging-client/src/outbox/resolve-rejected-rows.ts';
import type {
  RejectedRow,
  RejectedRowFilter,
  ResolvedRows,
} from '../../../packages/messaging-client/src/outbox/resolve-rejected-rows.ts';
import { REJECTED_ROWS_AT_ONCE_MAX } from '../../../packages/messaging-client/src/limits.ts';
import type { Call, Command, Options } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import type { Given } from '../given.ts';
import { oneLine } from '../output.ts';
import { badUsage, EXIT } from '../problem.ts';
import { readBy } from '../whom.ts';

const ROW = /^(\d{1,19}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

const OPTIONS: Options = {
  service: { type: 'string', value: 'NAME', help: 'only in the outbox of this service' },
  topic: { type: 'string', value: 'NAME', help: 'for this topic' },
  key: { type: 'string', value: 'TEXT', help: 'with this key' },
  event: { type: 'string', value: 'NAME', help: 'of this event' },
  all: { type: 'boolean', help: 'every rejected row' },
  'dry-run': { type: 'boolean', help: 'change nothing; list the rows with the error of the broker' },
  by: { type: 'string', value: 'NAME', help: 'the operator on record; default: the name of this account' },
};

const NOTES = [
  'A row is rejected when the broker does not accept the record, or any record of the topic; "outbox" lists them.',
  'Rows that only wait are not touched. Name rows by their seq or by the id of their event.',
];

export const outboxRetry: Command = {
  name: 'outbox retry',
  summary:
    'Publishes rows that the broker rejected once more, now instead of at their next attempt half a minute later.',
  takes: '[row…]',
  options: OPTIONS,
  notes: NOTES,
  examples: ['outbox retry --topic member', 'outbox retry 4711 --service order-service --by hana'],
  run: (call) => resolveRows(call, 'retry'),
};

export const outboxDrop: Command = {
  name: 'outbox drop',
  summary:
    'Removes rows that the broker rejects: they are never published, and later rows of their keys go on. They stay on record.',
  takes: '[row…]',
  options: OPTIONS,
  notes: NOTES,
  examples: [
    'outbox drop 4711 --service order-service --dry-run',
    'outbox drop 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d --by hana',
  ],
  run: (call) => resolveRows(call, 'drop'),
};

const ACTS = {
  retry: { resolve: retryRejectedRows, done: 'retried' },
  drop: { resolve: dropRejectedRows, done: 'dropped' },
} as const;

interface ResolvedOfService extends ResolvedRows {
  readonly service: string;
}

async function resolveRows({ given, settings, output }: Call, action: keyof typeof ACTS): Promise<0 | 1> {
  const filter = readFilterOfAct(given);
  const dryRun = given.flag('dry-run');
  const by = readBy(given);
  const { resolve, done } = ACTS[action];
  const services = await inEach(settings.databasesOf(given.text('service')), async (database) =>
    database.transaction(async (): Promise<ResolvedOfService> => ({
      service: database.service,
      ...(await resolve(database.query, filter, { by, dryRun })),
    })),
  );
  const count = services.reduce((sum, { rows }) => sum + rows.length, 0);
  const more = services.some((service) => service.more);
  const found = services.filter(({ rows }) => rows.length > 0);
  output.answer({ dryRun, [done]: count, more, services: found }, () => {
    for (const { service, rows } of found) {
      output.say(service);
      output.table(REJECTED_ROW_COLUMNS, rows.map(rejectedRowCells));
    }
    output.say(`${dryRun ? `would be ${done}` : done}: ${count}`);
  });
  if (more)
    output.note(
      `There are more: one command changes at most ${REJECTED_ROWS_AT_ONCE_MAX} of a service. Repeat it for the rest.`,
    );
  if (count === 0) output.note('No rejected row matches.');
  return count === 0 ? EXIT.problem : EXIT.fine;
}

/** How rejected rows are shown, here and by `outbox`. */
export const REJECTED_ROW_COLUMNS = ['  seq', 'event id', 'event', 'topic', 'key', 'error of the broker'];

export function rejectedRowCells({ seq, eventId, event, topic, key, error }: RejectedRow): string[] {
  return [`  ${seq}`, eventId, event, topic, key, oneLine(error)];
}

/** Retry and drop require a filter: a forgotten one must not select everything. */
function readFilterOfAct(given: Given): RejectedRowFilter {
  const ids = given.positionals;
  const wrong = ids.find((id) => !ROW.test(id));
  if (wrong !== undefined) throw badUsage(`"${wrong}" is not a row of an outbox`, 'Name rows by seq or event id.');
  const values = { topic: given.text('topic'), key: given.text('key'), event: given.text('event') };
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  if (ids.length === 0 && set.length === 0 && !given.flag('all')) {
    throw badUsage('no row is named', 'Give rows or a filter, or --all.');
  }
  return { ...(ids.length > 0 && { ids }), ...(Object.fromEntries(set) as RejectedRowFilter) };
}
