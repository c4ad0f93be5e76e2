import pg from 'pg';
import type { KillPoint } from '../kill-point.ts';
import type { Hangs, Passes } from './watcher.ts';

interface Watched {
  readonly statement: RegExp;
  readonly point: KillPoint;
  /** In one service alone; in all of them when not given. */
  readonly service?: string;
}

const APPEND = /INSERT INTO outbox\b/;

/** On the way to the server, and not there yet. */
const BEFORE: readonly Watched[] = [
  { statement: /UPDATE outbox\s+SET published_at/, point: 'before-marking' },
  { statement: /UPDATE inbox_message[^]*SET state = 'done'/, point: 'before-confirm' },
  { statement: /SELECT pg_advisory_unlock\(/, point: 'lease-handed-over' },
];

/** Statements of which the answer can be kept back for ever. */
const IN_HANDLER: readonly Watched[] = [
  { statement: /INSERT INTO customer\b/, point: 'in-handler', service: 'order-service' },
];

/** Answered with at least one row, and the answer has not been delivered yet. */
const AFTER: readonly Watched[] = [
  { statement: /bytes_before[^]*FROM outbox\b/, point: 'rows-read' },
  { statement: /pg_try_advisory_lock\([^]*LIMIT/, point: 'lease-handed-over' },
  { statement: /INSERT INTO inbox_message\b/, point: 'in-transaction', service: 'order-service' },
];

/** Every statement of every connection goes by here. */
export function watchPostgres(
  { passes, hangs }: { readonly passes: Passes; readonly hangs: Hangs },
  { service }: { readonly service: string },
): void {
  const prototype = pg.Client.prototype as unknown as {
    query: (this: pg.Client, ...args: unknown[]) => unknown;
  };
  const { query } = prototype;
  const here = (watched: Watched): boolean => watched.service === undefined || watched.service === service;
  const before = BEFORE.filter(here);
  const after = AFTER.filter(here);
  const inHandler = IN_HANDLER.filter(here);
  const hasAppended = new WeakSet<pg.Client>();

  prototype.query = function watchedQuery(...args) {
    const text = textOf(args[0]);
    for (const { statement, point } of before) if (statement.test(text)) passes(point);
    const answer = query.apply(this, args);
    if (!(answer instanceof Promise)) return answer;
    if (inHandler.some(({ statement, point }) => statement.test(text) && hangs(point))) {
      return new Promise(() => undefined);
    }

    const committed = text === 'COMMIT' && hasAppended.has(this);
    if (APPEND.test(text)) hasAppended.add(this);
    else if (/^(COMMIT|ROLLBACK)/.test(text)) hasAppended.delete(this);
    const points = after.filter(({ statement }) => statement.test(text)).map(({ point }) => point);
    if (committed || points.length > 0) {
      const answered = (result: pg.QueryResult): void => {
        if (committed) passes('committed');
        if ((result.rowCount ?? 0) > 0) for (const point of points) passes(point);
      };
      answer.then(answered, () => undefined);
    }
    return answer;
  };
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  return (statement as { text?: string } | undefined)?.text ?? '';
}
