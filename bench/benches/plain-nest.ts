import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { alternate, atMost } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { MailSink } from '../harness/mail-sink.ts';
import { startProgram } from '../harness/program.ts';
import type { Program } from '../harness/program.ts';
import { signUpAtRate } from '../harness/sign-ups.ts';
import { firstMail, latencyAtRate, SIGN_UPS_PER_SECOND, signUpStacks, warmUp } from '../harness/sign-up-stack.ts';
import type { SignUpStack } from '../harness/sign-up-stack.ts';
import type { Figure } from '../harness/statistics.ts';
import type { PlainOptions } from '../programs/plain-member.ts';

/** Longer than a group needs to miss a killed member, which is 6 s on both sides. */
const PATIENCE_MS = 9_000;
/** As long as a restart by hand takes. */
const OUTAGE_MS = 2_000;
const BOTH = 'member-service while log-broker is unavailable';
const KILLED = ['member-service', 'mail-service', 'log-broker', 'mail server', BOTH] as const;
type Killed = (typeof KILLED)[number];
type Part = Exclude<Killed, 'mail server' | typeof BOTH>;

/** One of the two systems, as the customer sees it, and as it is stopped and killed. */
interface Side {
  readonly url: () => string;
  /** Stops both services and starts them again. Settles when they are ready. */
  restart(): Promise<void>;
  /** Ends it as a crash would; it is started again at once. Settles when it is ready again. */
  kill(part: Part): Promise<void>;
}

/** What the guarantees cost, and what they are for. */
export const plainNest: Bench = {
  name: 'plain-nest',
  title: 'beside plain Nest',
  method:
    'The same sign-up as tutorials write it (insert, ClientKafka.emit, ServerKafka, sendMail; no outbox, no inbox, no ' +
    'ledger) on the same broker, PostgreSQL and mail server, at 50 sign-ups a second: warm, after some seconds of the same, ' +
    'and cold, from the second mail of services that have just started. Then each part is killed ' +
    'once (kill -9) in the middle of that traffic and started again at once, the mail server after two seconds; at last ' +
    'member-service while the broker, which both sides share, is unavailable for two seconds. Lost: ' +
    'answered 201, and no mail came.',
  async run(context) {
    const sink = await MailSink.start();
    context.atEnd(() => sink.stop());
    const lines: Line[] = [];
    for await (const one of signUpStacks(context, sink)) {
      const plain = await PlainNest.start(one, sink);
      context.atEnd(() => plain.stop());
      const ours = oursOf(one);
      lines.push(...(await latencies(context, one, { plain, ours }, sink)));
      // One that the bench has not started is not the bench's to kill.
      if (one.suffix === '') lines.push(...(await losses(context, one, { plain, ours }, sink)));
      await plain.stop();
    }
    return lines;
  },
};

type Sides = Readonly<Record<'plain' | 'ours', Side>>;

function oursOf({ stack }: SignUpStack): Side {
  const services = ['member-service', 'mail-service'].map((name) => stack.part(name));
  return {
    url: () => stack.url('member-service'),
    restart: async () => {
      await Promise.all(services.map((service) => service.stop()));
      await Promise.all(services.map((service) => service.start()));
    },
    kill: async (part) => {
      await stack.part(part).kill('SIGKILL');
      await stack.part(part).ready;
    },
  };
}

async function latencies(
  context: BenchContext,
  { suffix }: SignUpStack,
  sides: Sides,
  sink: MailSink,
): Promise<Line[]> {
  const { quick } = context;
  const cold = (side: Side) => async (): Promise<Sample> => {
    await side.restart();
    await firstMail(side.url, sink);
    return latencyAtRate(side.url, sink, quick ? 2 : 4);
  };
  const warm = (side: Side) => async (): Promise<Sample> => {
    await warmUp(side.url, sink, quick ? 1 : 3);
    return latencyAtRate(side.url, sink, quick ? 2 : 8);
  };
  const lines: Line[] = [];
  for (const [state, measure] of Object.entries({ warm, cold })) {
    context.log(state);
    const { plain, ours } = await alternate(context, { plain: measure(sides.plain), ours: measure(sides.ours) });
    for (const [name, times] of [
      ['p50', 2],
      ['p99', 3],
    ] as const) {
      const what = `sign-up → mail at ${SIGN_UPS_PER_SECOND}/s, ${name}${state === 'cold' ? ', cold' : ''}${suffix}`;
      const [theirs, own] = [plain[name]!, ours[name]!];
      const targets = [atMost(times, own, theirs, 'plain Nest')];
      lines.push({ what, side: 'plain Nest', figure: theirs, unit: 'ms', ...missing(plain) });
      lines.push({ what, side: 'ours', figure: own, unit: 'ms', targets, ...missing(ours) });
    }
  }
  return lines;
}

function missing(figures: Readonly<Record<string, Figure>>): Pick<Line, 'note'> {
  const { max } = figures['missing']!;
  return max === 0 ? {} : { note: `${max} mails had not come` };
}

async function losses(context: BenchContext, one: SignUpStack, sides: Sides, sink: MailSink): Promise<Line[]> {
  const lines: Line[] = [];
  for (const part of KILLED) {
    const what = `kill -9 ${part}`;
    context.log(what);
    const killed = await alternate(
      { rounds: 1, log: context.log },
      {
        plain: async () => killOnce(sides.plain, part, one, sink, context.quick),
        ours: async () => killOnce(sides.ours, part, one, sink, context.quick),
      },
    );
    for (const [side, figures] of [
      ['plain Nest', killed.plain],
      ['ours', killed.ours],
    ] as const) {
      const note = `of ${figures['accepted']!.median}`;
      lines.push({ what: `${what}: lost`, side, figure: figures['lost']!, unit: 'mails', note });
      lines.push({ what: `${what}: sent twice`, side, figure: figures['twice']!, unit: 'mails' });
    }
  }
  return lines;
}

async function killOnce(side: Side, part: Killed, one: SignUpStack, sink: MailSink, quick: boolean): Promise<Sample> {
  const seconds = quick ? 3 : 6;
  sink.take();
  const traffic = signUpAtRate(() => side.url(), SIGN_UPS_PER_SECOND, seconds);
  await delay((seconds * 1_000) / 3);
  const back = breakOnce(side, part, one, sink);
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

async function breakOnce(side: Side, part: Killed, { stack }: SignUpStack, sink: MailSink): Promise<void> {
  if (part === 'mail server') return sink.outage(OUTAGE_MS);
  if (part !== BOTH) return side.kill(part);
  // A side that keeps in memory what is to be sent has it there now.
  await stack.part('log-broker').stop();
  await delay(OUTAGE_MS);
  // One of the two does not start without a broker.
  await Promise.all([side.kill('member-service'), stack.part('log-broker').start()]);
}

/** The plain system: two programs of its own, on the stack's broker, database and mail server. */
class PlainNest implements Side {
  readonly #stack: SignUpStack['stack'];
  readonly #options: PlainOptions;
  #member: Program;
  #mailer: Program;
  #url = '';

  static async start({ stack, brokerAddress }: SignUpStack, sink: MailSink): Promise<PlainNest> {
    const topic = `plain-${randomUUID()}`;
    const admin = new Kafka({ brokers: [brokerAddress], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] });
    await admin.disconnect();
    const options = {
      address: brokerAddress,
      topic,
      smtpUrl: sink.url,
      databaseUrl: stack.databaseUrl('member-service'),
    };
    const plain = new PlainNest(stack, options);
    await plain.#ready();
    return plain;
  }

  private constructor(stack: SignUpStack['stack'], options: PlainOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#member = startProgram('plain-member.ts', options);
    this.#mailer = startProgram('plain-mailer.ts', options);
  }

  readonly url = (): string => this.#url;

  async restart(): Promise<void> {
    await this.stop();
    this.#member = startProgram('plain-member.ts', this.#options);
    this.#mailer = startProgram('plain-mailer.ts', this.#options);
    await this.#ready();
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

  async #ready(): Promise<void> {
    await Promise.all([this.#memberReady(), this.#mailer.next()]);
  }

  async #memberReady(): Promise<void> {
    this.#url = (await this.#member.next<{ url: string }>()).url;
  }
}
