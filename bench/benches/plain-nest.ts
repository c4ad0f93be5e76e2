import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Stack } from '../../tools/stack/start-stack.ts';
import { alternate } from '../harness/bench.ts';
import type { Bench, Line, Sample } from '../harness/bench.ts';
import { MailSink } from '../harness/mail-sink.ts';
import { startProgram } from '../harness/program.ts';
import type { Program } from '../harness/program.ts';
import { signUpAtRate } from '../harness/sign-ups.ts';
import { latencyAtRate, SIGN_UPS_PER_SECOND, startStack } from '../harness/sign-up-stack.ts';
import type { PlainOptions } from '../programs/plain-member.ts';

/** Longer than a group needs to miss a killed member, which is 6 s on both sides. */
const PATIENCE_MS = 9_000;
/** As long as something needs that is restarted by hand. */
const AWAY_MS = 2_000;
const BOTH = 'member-service while log-broker is away';
const KILLED = ['member-service', 'mail-service', 'log-broker', 'mail server', BOTH] as const;
type Killed = (typeof KILLED)[number];
type Part = Exclude<Killed, 'mail server' | typeof BOTH>;

/** One of the two systems, as the customer and whoever kills its parts see it. */
interface Side {
  url(): string;
  /** Ends it as a crash would; it is started again at once. Settles when it is there again. */
  kill(part: Part): Promise<void>;
}

/** What the guarantees cost, and what they are for. */
export const plainNest: Bench = {
  name: 'plain-nest',
  title: 'beside plain Nest',
  method:
    'The same sign-up as tutorials write it (insert, ClientKafka.emit, ServerKafka, sendMail; no outbox, no inbox, no ' +
    'ledger) on the same log-broker, PostgreSQL and mail server, at 50 sign-ups a second. Then each part is killed ' +
    'once (kill -9) in the middle of that traffic and started again at once, the mail server after two seconds; at last ' +
    'member-service while the broker, which both sides share, is away for two seconds. Lost: ' +
    'answered 201, and no mail came.',
  async run(context) {
    const sink = await MailSink.start();
    context.atEnd(() => sink.stop());
    const stack = await startStack(context, sink);
    const plain = await PlainNest.start(stack, sink);
    context.atEnd(() => plain.stop());
    const ours: Side = {
      url: () => stack.url('member-service'),
      kill: async (part) => {
        await stack.part(part).kill('SIGKILL');
        await stack.part(part).ready;
      },
    };

    const latency = await alternate(context, {
      plain: async () => latencyAtRate(() => plain.url(), sink, context.quick),
      ours: async () => latencyAtRate(ours.url, sink, context.quick),
    });
    const lines: Line[] = [];
    for (const name of ['p50', 'p99'] as const) {
      const what = `sign-up → mail at ${SIGN_UPS_PER_SECOND}/s, ${name}`;
      lines.push({ what, side: 'plain Nest', figure: latency.plain[name]!, unit: 'ms' });
      lines.push({ what, side: 'ours', figure: latency.ours[name]!, unit: 'ms' });
    }
    for (const part of KILLED) {
      context.say(`kill -9 ${part}`);
      const killed = await alternate(
        { rounds: 1, say: context.say },
        {
          plain: async () => killOnce(plain, part, stack, sink, context.quick),
          ours: async () => killOnce(ours, part, stack, sink, context.quick),
        },
      );
      for (const [side, figures] of [
        ['plain Nest', killed.plain],
        ['ours', killed.ours],
      ] as const) {
        const what = `kill -9 ${part}`;
        lines.push({
          what: `${what}: lost`,
          side,
          figure: figures['lost']!,
          unit: 'mails',
          note: `of ${figures['accepted']!.median}`,
        });
        lines.push({ what: `${what}: sent twice`, side, figure: figures['twice']!, unit: 'mails' });
      }
    }
    return lines;
  },
};

async function killOnce(side: Side, part: Killed, stack: Stack, sink: MailSink, quick: boolean): Promise<Sample> {
  const seconds = quick ? 3 : 6;
  sink.take();
  const traffic = signUpAtRate(() => side.url(), SIGN_UPS_PER_SECOND, seconds);
  await delay((seconds * 1_000) / 3);
  const back = breakOnce(side, part, stack, sink);
  const { accepted, refused } = await traffic;
  await back;
  // One more than can come: duplicates are waited for too.
  const mails = await sink.receives(Infinity, PATIENCE_MS);
  const times = new Map<string, number>();
  for (const { to } of mails) times.set(to, (times.get(to) ?? 0) + 1);
  return {
    accepted: accepted.size,
    refused,
    lost: [...accepted.keys()].filter((to) => !times.has(to)).length,
    twice: [...times.values()].filter((count) => count > 1).length,
  };
}

async function breakOnce(side: Side, part: Killed, stack: Stack, sink: MailSink): Promise<void> {
  if (part === 'mail server') return sink.outage(AWAY_MS);
  if (part !== BOTH) return side.kill(part);
  // Whoever keeps what is to be sent in memory has it there now.
  await stack.part('log-broker').stop();
  await delay(AWAY_MS);
  // One of the two does not start without a broker.
  await Promise.all([side.kill('member-service'), stack.part('log-broker').start()]);
}

/** The plain system: two programs of its own, on the stack's broker, database and mail server. */
class PlainNest implements Side {
  readonly #stack: Stack;
  readonly #options: PlainOptions;
  #member: Program;
  #mailer: Program;
  #url = '';

  static async start(stack: Stack, sink: MailSink): Promise<PlainNest> {
    const topic = `plain-${randomUUID()}`;
    const admin = new Kafka({ brokers: [stack.brokerAddress], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] });
    await admin.disconnect();
    const options = {
      address: stack.brokerAddress,
      topic,
      smtpUrl: sink.url,
      databaseUrl: stack.databaseUrl('member-service'),
    };
    const plain = new PlainNest(stack, options);
    await Promise.all([plain.#memberReady(), plain.#mailer.next()]);
    return plain;
  }

  private constructor(stack: Stack, options: PlainOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#member = startProgram('plain-member.ts', options);
    this.#mailer = startProgram('plain-mailer.ts', options);
  }

  url(): string {
    return this.#url;
  }

  async kill(part: Part): Promise<void> {
    if (part === 'log-broker') {
      await this.#stack.part(part).kill('SIGKILL');
      await this.#stack.part(part).ready;
    } else if (part === 'mail-service') {
      await this.#mailer.stop('SIGKILL');
      this.#mailer = startProgram('plain-mailer.ts', this.#options);
      await this.#mailer.next();
    } else {
      await this.#member.stop('SIGKILL');
      this.#member = startProgram('plain-member.ts', this.#options);
      await this.#memberReady();
    }
  }

  async stop(): Promise<void> {
    await this.#member.stop();
    await this.#mailer.stop();
  }

  async #memberReady(): Promise<void> {
    this.#url = (await this.#member.next<{ url: string }>()).url;
  }
}
