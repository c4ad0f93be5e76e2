import pg from 'pg';
import { queryOfClient } from '../../../packages/messaging-client/src/database/query.ts';
import type { Query } from '../../../packages/messaging-client/src/database/query.ts';
import { refused, unreachable } from '../problem.ts';
import type { DatabaseSetting } from '../settings.ts';

/** The operator waits, and a database that is available answers at once. */
const CONNECT_TIMEOUT_MS = 3_000;
/** A query of an operator must not load the service for longer. */
const STATEMENT_TIMEOUT_MS = 30_000;

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_COLUMN = '42703';
const QUERY_CANCELED = '57014';

export interface Database {
  readonly service: string;
  readonly query: Query;
  /** All of it, or nothing. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Opens, uses and closes each in turn. */
export async function inEach<Result>(
  settings: readonly DatabaseSetting[],
  use: (database: Database) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const setting of settings) results.push(await inDatabase(setting, use));
  return results;
}

export async function inDatabase<Result>(
  setting: DatabaseSetting,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const client = await connect(setting);
  const query = queryOfClient(client);
  const transaction = async <Outcome>(work: () => Promise<Outcome>): Promise<Outcome> => {
    await query('BEGIN');
    try {
      const outcome = await work();
      await query('COMMIT');
      return outcome;
    } catch (error) {
      await query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  };
  try {
    return await use({ service: setting.service, query, transaction });
  } catch (error) {
    throw explained(setting.service, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function connect({ service, url, setting }: DatabaseSetting): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'bus',
    });
    // Without a listener, a connection that breaks while idle would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    throw unreachable(`the database of ${service}`, withoutPassword(url), setting, error);
  }
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'an address that is not a URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function explained(service: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  const what = `the database of ${service}: ${(error as Error).message}`;
  if (code === UNDEFINED_TABLE || code === UNDEFINED_COLUMN) {
    return refused(what, 'Start this version of the service once: it migrates its database.');
  }
  if (code === QUERY_CANCELED) {
    return refused(what, `It took longer than ${STATEMENT_TIMEOUT_MS / 1_000} s. Narrow it down with a filter.`);
  }
  return error;
}
