import { Client } from 'pg';
import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';

export interface SessionOptions {
  readonly url: string;
  /** As pg_stat_activity shows it. */
  readonly name: string;
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/**
 * One connection whose session means something (locks, LISTEN), so that it must never be replaced unnoticed. Queries
 * wait for each other, and a query that fails for the connection's sake ends it: of what the server did with a
 * statement whose answer is lost, such as taking a lock, nothing is known but that it goes with the session.
 */
export class DatabaseSession {
  readonly #client: Client;
  readonly #onEnd: () => void;
  /** The names of the statements that have values. */
  readonly #prepared = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(options: SessionOptions, onNotification: (channel: string, payload: string) => void, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#client = new Client({
      connectionString: options.url,
      application_name: options.name,
      keepAlive: true,
      connectionTimeoutMillis: options.connectTimeoutMs,
      query_timeout: options.queryTimeoutMs,
    });
    this.#client.on('error', () => this.destroy());
    this.#client.on('end', () => this.destroy());
    this.#client.on('notification', ({ channel, payload }) => onNotification(channel, payload ?? ''));
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  /** One with values is prepared: parsed and planned once, which takes as long as to run it. So it is to be a constant. */
  async query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]> {
    return (await this.#run<Row>(statement, values)).rows;
  }

  /** Several statements without values in one round trip, one after the other; the rows of each. */
  async queryAll(...statements: string[]): Promise<QueryResultRow[][]> {
    const results = (await this.#run(statements.join(';\n'))) as unknown as QueryResult[];
    return results.map(({ rows }) => rows);
  }

  /** At once: a peer that has ended would not answer. */
  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    this.#onEnd();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#client.end().catch(() => undefined);
  }

  async #run<Row extends object>(statement: string, values?: readonly unknown[]): Promise<QueryResult<Row>> {
    const run = this.#last.then(() => this.#client.query<Row>(this.#described(statement, values)));
    this.#last = run.catch((error: { code?: string }) => {
      // An error with an SQLSTATE is the server's answer; any other means that there was none.
      if (error.code?.length !== 5) this.destroy();
    });
    return run;
  }

  #described(text: string, values?: readonly unknown[]): QueryConfig {
    if (values === undefined) return { text };
    const name = this.#prepared.get(text) ?? `statement ${this.#prepared.size + 1}`;
    this.#prepared.set(text, name);
    return { name, text, values: [...values] };
  }
}
