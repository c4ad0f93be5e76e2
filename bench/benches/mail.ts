import { randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Producer } from 'kafkajs';
import type { Stack } from '../../tools/stack/start-stack.ts';
import { alternate, atLeast, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { MailSink, rateOf } from '../harness/mail-sink.ts';
import { runProgram } from '../harness/program.ts';
import { latencyAtRate, SIGN_UPS_PER_SECOND, startStack } from '../harness/sign-up-stack.ts';
import { figureOf } from '../harness/statistics.ts';

const GROUP = 'mail-service';
const TOPIC = 'member';
/** A process that has just started needs its first seconds to compile what it does; the rate is that of what follows. */
const MAILS_OF_A_RATE = 8_000;
/** How many of a backlog are mailed before its cost is read. */
const MAILS_OF_A_BACKLOG = 2_000;
const PATIENCE_MS = 15_000;

/** The whole way, with every part a process and every guarantee on. */
export const mail: Bench = {
  name: 'mail',
  title: 'sign-up to mail',
  method:
    'The stack of `npm start`, PostgreSQL with fsync and log-broker included, mailing into a mail server that accepts ' +
    'everything. Latency: from the HTTP request to the acceptance of the mail, 50 sign-ups a second. Mails a second: ' +
    'mail-service works off a backlog of sign-ups, beside nodemailer alone with the same letter and as many ' +
    'connections (10). Growth: the first 2,000 mails of backlogs of several sizes; ' +
    '`--long` adds a million.',
  async run(context) {
    const sink = await MailSink.start();
    context.atEnd(() => sink.stop());
    const stack = await startStack(context, sink);

    const lines = [...(await signUpToMail(context, stack, sink))];
    // Neither mails anything, and both would work off the backlogs beside mail-service.
    await stack.part('order-service').stop();
    await stack.part('member-service').stop();
    lines.push(...(await mailsPerSecond(context, stack, sink)), ...(await growth(context, stack, sink)));
    return lines;
  },
};

async function signUpToMail(context: BenchContext, stack: Stack, sink: MailSink): Promise<Line[]> {
  const { ours } = await alternate(context, {
    ours: async () => latencyAtRate(() => stack.url('member-service'), sink, context.quick),
  });
  const what = `sign-up → mail at ${SIGN_UPS_PER_SECOND}/s`;
  const [p50, p99] = [ours['p50']!, ours['p99']!];
  return [
    { what: `${what}, p50`, side: 'ours', figure: p50, unit: 'ms', targets: [atMostValue(25, p50, 'ms')] },
    { what: `${what}, p99`, side: 'ours', figure: p99, unit: 'ms', targets: [atMostValue(100, p99, 'ms')] },
  ];
}

async function mailsPerSecond(context: BenchContext, stack: Stack, sink: MailSink): Promise<Line[]> {
  const mails = context.quick ? 400 : MAILS_OF_A_RATE;
  const { bare, ours } = await alternate(context, {
    bare: async (): Promise<Sample> => {
      await runProgram('mail-bare.ts', { smtpUrl: sink.url, mails });
      return { perSecond: rateOf(await sink.receives(mails, PATIENCE_MS)) };
    },
    ours: async (): Promise<Sample> => ({ perSecond: await workOff(stack, sink, mails, mails) }),
  });
  const [theirs, own] = [bare['perSecond']!, ours['perSecond']!];
  const line = { what: 'mails a second', unit: 'mails/s' };
  return [
    { ...line, side: 'nodemailer alone', figure: theirs },
    { ...line, side: 'ours', figure: own, targets: [atLeast(0.8, own, theirs, 'nodemailer alone')] },
  ];
}

async function growth({ quick, long, say }: BenchContext, stack: Stack, sink: MailSink): Promise<Line[]> {
  const lines: Line[] = [];
  const backlogs = quick ? [1, 100, 10_000] : [1, 1_000, 100_000];
  for (const records of long ? [...backlogs, 1_000_000] : backlogs) {
    const line = { what: `backlog of ${records.toLocaleString('en')}`, side: 'ours' };
    if (records === 1) {
      const latency = await oneMail(stack, sink);
      lines.push({ ...line, figure: figureOf([latency]), unit: 'ms for the mail' });
    } else {
      const rate = await workOff(stack, sink, records, Math.min(records, quick ? 300 : MAILS_OF_A_BACKLOG));
      lines.push({ ...line, figure: figureOf([1_000 / rate]), unit: 'ms a mail' });
    }
    say(`${line.what}: ${lines.at(-1)!.figure.median.toPrecision(3)} ${lines.at(-1)!.unit}`);
  }
  return lines;
}

/** mail-service comes up with a backlog; the rate of the first mails of it. */
async function workOff(stack: Stack, sink: MailSink, records: number, mails: number): Promise<number> {
  const service = stack.part('mail-service');
  await service.stop();
  await skipBacklog(stack);
  sink.take();
  await writeSignUps(stack, records);
  await service.start();
  return rateOf(await sink.receives(mails, PATIENCE_MS));
}

async function oneMail(stack: Stack, sink: MailSink): Promise<number> {
  const service = stack.part('mail-service');
  await service.stop();
  await skipBacklog(stack);
  await service.start();
  const producer = await connectProducer(stack);
  // The first finds everything cold.
  await producer.send({ topic: TOPIC, acks: -1, messages: [signedUp()] });
  await sink.receives(1, PATIENCE_MS);
  const at = performance.timeOrigin + performance.now();
  await producer.send({ topic: TOPIC, acks: -1, messages: [signedUp()] });
  const [accepted] = await sink.receives(1, PATIENCE_MS);
  await producer.disconnect();
  return accepted!.at - at;
}

const RECORDS_PER_SEND = 2_000;

async function connectProducer(stack: Stack): Promise<Producer> {
  const producer = kafkaOf(stack).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return producer;
}

/** As member-service's relay writes them, each its own member. */
async function writeSignUps(stack: Stack, count: number): Promise<void> {
  const producer = await connectProducer(stack);
  for (let from = 0; from < count; from += RECORDS_PER_SEND) {
    const messages = Array.from({ length: Math.min(RECORDS_PER_SEND, count - from) }, signedUp);
    await producer.send({ topic: TOPIC, acks: -1, messages });
  }
  await producer.disconnect();
}

function signedUp(): { key: string; value: string; headers: Record<string, string> } {
  const memberId = randomUUID();
  const signedUpAt = '2026-11-21T09:00:00.000Z';
  return {
    key: memberId,
    value: JSON.stringify({ memberId, email: `${memberId}@example.com`, name: '김지민', locale: 'ko', signedUpAt }),
    headers: {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_source: 'member-service',
      ce_type: 'member.signed-up',
      ce_time: signedUpAt,
      ce_dataschema: 'urn:event:member.signed-up:v1',
      'content-type': 'application/json',
    },
  };
}

/** The next mail-service begins at the end. */
async function skipBacklog(stack: Stack): Promise<void> {
  const admin = kafkaOf(stack).admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(TOPIC);
  await admin.setOffsets({
    groupId: GROUP,
    topic: TOPIC,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  });
  await admin.disconnect();
}

function kafkaOf(stack: Stack): Kafka {
  return new Kafka({ brokers: [stack.brokerAddress], clientId: 'bench', logLevel: logLevel.NOTHING });
}
