import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';

/** A cluster that recovers from a kill replays its log first; beyond this something is wrong. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;

/** Until somebody can log in. `ended` tells of a server that gave up. */
export async function awaitPostgres(url: string, ended: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    ended.throwIfAborted();
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: START_TIMEOUT_MS });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
    await delay(POLL_MS);
  }
}
