import pg from 'pg';
import { until } from '../../test-kit/until.ts';

/** A cluster that recovers from a kill replays its log first; beyond this something is wrong. */
const START_TIMEOUT_MS = 60_000;

/** Resolves when a client can log in. `ended` is aborted when the server gives up. */
export async function awaitPostgres(url: string, ended: AbortSignal): Promise<void> {
  const logIn = async (): Promise<true> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: START_TIMEOUT_MS });
    client.on('error', () => {});
    await client.connect();
    await client.end();
    return true;
  };
  await until('a log-in to PostgreSQL', logIn, START_TIMEOUT_MS, { signal: ended });
}
