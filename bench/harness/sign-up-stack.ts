import { Stack } from '../../tools/stack/start-stack.ts';
import type { BenchContext } from './bench.ts';
import type { MailSink } from './mail-sink.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { latenciesOf, signUpAtRate } from './sign-ups.ts';
import { latencyOf } from './statistics.ts';

export const SIGN_UPS_PER_SECOND = 50;
const PATIENCE_MS = 15_000;

/** The whole system as `npm start` runs it, mailing into the sink. */
export interface SignUpStack {
  readonly stack: Stack;
  readonly brokerAddress: string;
  /** What the broker is called behind the name of a line; nothing for log-broker, which the stack brings. */
  readonly suffix: string;
}

/** One with log-broker, and one with Apache Kafka when KAFKA_BOOTSTRAP is given; one after the other. */
export async function* signUpStacks(context: BenchContext, sink: MailSink): AsyncGenerator<SignUpStack> {
  for (const kafka of [undefined, process.env['KAFKA_BOOTSTRAP']].slice(0, process.env['KAFKA_BOOTSTRAP'] ? 2 : 1)) {
    const stack = await startStack(context, sink, kafka);
    const suffix = kafka === undefined ? '' : ', Apache Kafka';
    context.log(`the stack is up${suffix}`);
    yield { stack, brokerAddress: kafka ?? stack.brokerAddress, suffix };
    await stack.stop();
  }
}

async function startStack(context: BenchContext, sink: MailSink, kafka: string | undefined): Promise<Stack> {
  const folder = temporaryFolder();
  const [driver] = context.drivers;
  const stack = new Stack({
    dataFolder: folder.path,
    ports: 'free',
    leaveOut: kafka === undefined ? ['maildev'] : ['maildev', 'log-broker'],
    serviceEnv: {
      SMTP_URL: sink.url,
      LOG_LEVEL: 'warn',
      KAFKA_DRIVER: driver,
      ...(kafka !== undefined && { KAFKA_BROKERS: kafka }),
    },
  });
  context.atEnd(async () => {
    await stack.stop();
    folder.remove();
  });
  await stack.start();
  return stack;
}

/** Some seconds of the rate, which are not counted. */
export async function warmUp(url: () => string, sink: MailSink, seconds: number): Promise<void> {
  const signUps = await signUpAtRate(url, SIGN_UPS_PER_SECOND, seconds);
  await sink.receives(signUps.accepted.size, PATIENCE_MS);
}

/** Until one mail has come: the processes are up and have joined their groups, and are cold. */
export async function firstMail(url: () => string, sink: MailSink): Promise<void> {
  await signUpAtRate(url, 1, 1);
  await sink.receives(1, PATIENCE_MS);
}

/** p50 and p99 of so many seconds at the rate. */
export async function latencyAtRate(
  url: () => string,
  sink: MailSink,
  seconds: number,
): Promise<{ p50: number; p99: number; missing: number }> {
  const signUps = await signUpAtRate(url, SIGN_UPS_PER_SECOND, seconds);
  const mails = await sink.receives(signUps.accepted.size, PATIENCE_MS);
  const latencies = latenciesOf(signUps, mails);
  return { ...latencyOf(latencies), missing: latencies.filter((latency) => latency === Infinity).length };
}
