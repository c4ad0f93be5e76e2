import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { MailSink } from '../../bench/harness/mail-sink.ts';
import { startProgram } from '../../bench/harness/program.ts';
import { percentile } from '../../bench/harness/statistics.ts';
import type { CallOptions } from '../programs/call-options.ts';
import { allKafka } from './experiment.ts';
import type { Experiment, Lab } from './experiment.ts';
import { signUp, startServices } from './own-services.ts';

const PROGRAM = join('..', '..', 'lab', 'programs', 'sign-up-by-call.ts');
/** Longer than mail-service waits before it sends again, on a busy machine, too. */
const PATIENCE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** What an experiment with the services says of each system: they run with the log-broker that they bring, and why. */
export const ON_OWN_STACK: Pick<Experiment, 'how' | 'notOffered'> = {
  how: {
    'log-broker': {
      en: 'member-service, mail-service, PostgreSQL and log-broker, as npm start runs them.',
      ko: 'npm start가 실행하는 그대로의 member-service, mail-service, PostgreSQL, log-broker.',
    },
  },
  notOffered: {
    ...allKafka({
      en: 'the services would leave their topics and groups there',
      ko: '서비스가 토픽과 그룹을 남기게 된다',
    }),
    ...Object.fromEntries(
      (['rabbitmq', 'redis', 'activemq', 'sqs'] as const).map((name) => [
        name,
        { en: 'the services speak the protocol of Kafka', ko: '서비스는 Kafka 프로토콜을 쓴다' },
      ]),
    ),
  },
};

/** How the mail of a sign-up is brought about. */
export const WAYS = ['function', 'http', 'bus'] as const;
export type Way = (typeof WAYS)[number];

export interface SignedUp {
  /** From request to answer, the middle one. */
  readonly answerMs: number;
  /** From request to the mail at the mail server, the middle one. */
  readonly mailMs: number;
  readonly answered: number;
  readonly mails: number;
}

/** The same sign-up in three ways, on one PostgreSQL and one mail server; by the bus it is the services of this repository. */
export class SignUpWays {
  readonly sink: MailSink;
  readonly #urls: Readonly<Record<Way, string>>;
  readonly #database: pg.Client;

  private constructor(sink: MailSink, urls: Readonly<Record<Way, string>>, database: pg.Client) {
    this.sink = sink;
    this.#urls = urls;
    this.#database = database;
  }

  static async start(lab: Lab): Promise<SignUpWays> {
    const { stack, sink } = await startServices(lab);
    const databaseUrl = stack.databaseUrl('member-service');
    const program = async (options: Pick<CallOptions, 'role' | 'mailUrl'>): Promise<string> => {
      const started = startProgram(PROGRAM, { ...options, databaseUrl, smtpUrl: sink.url });
      lab.closeAtEnd(async () => started.stop('SIGKILL'));
      return (await started.next<{ url: string }>()).url;
    };
    const mailUrl = await program({ role: 'mail' });
    const urls = {
      function: await program({ role: 'sign-up' }),
      http: await program({ role: 'sign-up', mailUrl }),
      bus: stack.url('member-service'),
    };
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    lab.closeAtEnd(async () => database.end());
    return new SignUpWays(sink, urls, database);
  }

  /** One after the other. What `meanwhile` does happens between the last answer and the wait for the mails. */
  async signUp(way: Way, count: number, meanwhile = async (): Promise<void> => {}): Promise<SignedUp> {
    this.sink.take();
    const answeredMs: number[] = [];
    const sentAt = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      const email = `lab-${randomUUID()}@example.com`;
      const at = performance.timeOrigin + performance.now();
      if (!(await signUp(this.#urls[way], email, REQUEST_TIMEOUT_MS))) continue;
      answeredMs.push(performance.timeOrigin + performance.now() - at);
      sentAt.set(email, at);
    }
    await meanwhile();
    const mails = await this.sink.receives(sentAt.size, PATIENCE_MS);
    return {
      answerMs: rounded(percentile(answeredMs, 50)),
      mailMs: rounded(
        percentile(
          mails.map(({ to, at }) => at - sentAt.get(to)!),
          50,
        ),
      ),
      answered: answeredMs.length,
      mails: mails.filter(({ to }) => sentAt.has(to)).length,
    };
  }

  /** What PostgreSQL has written so far: transactions, and bytes of its log. */
  async written(): Promise<{ transactions: number; bytes: number }> {
    const { rows } = await this.#database.query<{ transactions: string; bytes: string }>(
      `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS transactions, pg_current_wal_insert_lsn() - '0/0' AS bytes`,
    );
    return { transactions: Number(rows[0]!.transactions), bytes: Number(rows[0]!.bytes) };
  }
}

function rounded(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.round(ms * 10) / 10;
}
