import { alternate, atLeast, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { MailSink, mailRate } from '../harness/mail-sink.ts';
import { startProgram } from '../harness/program.ts';
import { connectProducer, SIGN_UP_TOPIC, signedUp, skipBacklog, writeSignUps } from '../harness/sign-up-backlog.ts';
import { latencyAtRate, SIGN_UPS_PER_SECOND, signUpStacks, warmUp } from '../harness/sign-up-stack.ts';
import type { SignUpStack } from '../harness/sign-up-stack.ts';
import { figureOf } from '../harness/statistics.ts';

/** A process that has just started needs its first seconds to compile what it does; the rate is that of what follows. */
const MAILS_OF_A_RATE = 20_000;
/** How many of a backlog are mailed before its cost is read. */
const MAILS_OF_A_BACKLOG = 2_000;
const PATIENCE_MS = 30_000;

/** From the request to the mail server, with every part a process and every guarantee on. */
export const mail: Bench = {
  name: 'mail',
  title: 'sign-up to mail',
  method:
    'The stack of `npm start`, PostgreSQL with fsync and log-broker included, mailing into a mail server that accepts ' +
    'everything. Latency: from the HTTP request to the acceptance of the mail, 50 sign-ups a second. Mails a second: ' +
    'mail-service processes a backlog of sign-ups, beside nodemailer alone with the same letter and as many ' +
    'connections (10); CPU is that of the one process. Growth: the first 2,000 mails of backlogs of several sizes; ' +
    '`--long` adds a million.',
  async run(context) {
    const sink = await MailSink.start();
    context.atEnd(() => sink.stop());
    const lines: Line[] = [];
    for await (const one of signUpStacks(context, sink)) {
      lines.push(...(await signUpToMail(context, one, sink)));
      // Neither mails anything, and order-service would process the backlogs beside mail-service.
      await one.stack.part('order-service').stop();
      await one.stack.part('member-service').stop();
      lines.push(...(await mailsPerSecond(context, one, sink)));
      if (one.suffix === '') lines.push(...(await growth(context, one, sink)));
    }
    return lines;
  },
};

async function signUpToMail(context: BenchContext, { stack, suffix }: SignUpStack, sink: MailSink): Promise<Line[]> {
  const { ours } = await alternate(context, {
    ours: async () => {
      const url = (): string => stack.url('member-service');
      await warmUp(url, sink, context.quick ? 1 : 3);
      return latencyAtRate(url, sink, context.quick ? 2 : 8);
    },
  });
  const what = `sign-up → mail at ${SIGN_UPS_PER_SECOND}/s`;
  const [p50, p99] = [ours['p50']!, ours['p99']!];
  return [
    { what: `${what}, p50${suffix}`, side: 'ours', figure: p50, unit: 'ms', targets: [atMostValue(15, p50, 'ms')] },
    { what: `${what}, p99${suffix}`, side: 'ours', figure: p99, unit: 'ms', targets: [atMostValue(60, p99, 'ms')] },
  ];
}

async function mailsPerSecond(context: BenchContext, one: SignUpStack, sink: MailSink): Promise<Line[]> {
  const mails = context.quick ? 400 : MAILS_OF_A_RATE;
  const { bare, ours } = await alternate(context, {
    bare: async (): Promise<Sample> => {
      const program = startProgram('mail-bare.ts', { smtpUrl: sink.url, mails });
      const sample = await mailRate(sink, { mails, pid: program.process.pid!, patienceMs: PATIENCE_MS });
      await program.stop();
      return sample;
    },
    ours: async (): Promise<Sample> => processBacklog(one, sink, mails, mails),
  });
  const [theirs, own] = [bare['perSecond']!, ours['perSecond']!];
  const line = { what: `mails a second${one.suffix}`, unit: 'mails/s' };
  return [
    { ...line, side: 'nodemailer alone', figure: theirs, cpuUs: bare['cpuUs']! },
    {
      ...line,
      side: 'ours',
      figure: own,
      cpuUs: ours['cpuUs']!,
      targets: [atLeast(0.9, own, theirs, 'nodemailer alone')],
    },
  ];
}

async function growth({ quick, long, log }: BenchContext, one: SignUpStack, sink: MailSink): Promise<Line[]> {
  const lines: Line[] = [];
  const backlogs = quick ? [1, 100, 10_000] : [1, 1_000, 100_000];
  for (const records of long ? [...backlogs, 1_000_000] : backlogs) {
    const line = { what: `backlog of ${records.toLocaleString('en')}`, side: 'ours' };
    if (records === 1) {
      const latency = await oneMail(one, sink);
      lines.push({ ...line, figure: figureOf([latency]), unit: 'ms for the mail' });
    } else {
      const { perSecond } = await processBacklog(
        one,
        sink,
        records,
        Math.min(records, quick ? 300 : MAILS_OF_A_BACKLOG),
      );
      lines.push({ ...line, figure: figureOf([1_000 / perSecond]), unit: 'ms a mail' });
    }
    log(`${line.what}: ${lines.at(-1)!.figure.median.toPrecision(3)} ${lines.at(-1)!.unit}`);
  }
  return lines;
}

/** mail-service starts with a backlog; the rate of the first mails of it. */
async function processBacklog(
  { stack, brokerAddress }: SignUpStack,
  sink: MailSink,
  records: number,
  mails: number,
): Promise<{ perSecond: number; cpuUs: number }> {
  const service = stack.part('mail-service');
  await service.stop();
  await skipBacklog(brokerAddress);
  sink.take();
  await writeSignUps(brokerAddress, records);
  await service.start();
  return mailRate(sink, { mails, pid: service.pid!, patienceMs: PATIENCE_MS });
}

async function oneMail({ stack, brokerAddress }: SignUpStack, sink: MailSink): Promise<number> {
  const service = stack.part('mail-service');
  await service.stop();
  await skipBacklog(brokerAddress);
  await service.start();
  const producer = await connectProducer(brokerAddress);
  // The first finds everything cold.
  await producer.send({ topic: SIGN_UP_TOPIC, acks: -1, messages: [signedUp()] });
  await sink.receives(1, PATIENCE_MS);
  const at = performance.timeOrigin + performance.now();
  await producer.send({ topic: SIGN_UP_TOPIC, acks: -1, messages: [signedUp()] });
  const [accepted] = await sink.receives(1, PATIENCE_MS);
  await producer.disconnect();
  return accepted!.at - at;
}
