import { Stack } from '../../tools/stack/start-stack.ts';
import type { BenchContext } from './bench.ts';
import type { MailSink } from './mail-sink.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { latenciesOf, signUpAtRate } from './sign-ups.ts';
import { latencyOf } from './statistics.ts';

export const SIGN_UPS_PER_SECOND = 50;
const PATIENCE_MS = 15_000;

/** The whole system as `npm start` runs it, mailing into the sink. */
export async function startStack({ atEnd }: Pick<BenchContext, 'atEnd'>, sink: MailSink): Promise<Stack> {
  const folder = temporaryFolder();
  const stack = new Stack({
    dataFolder: folder.path,
    ports: 'free',
    serviceEnv: { SMTP_URL: sink.url, LOG_LEVEL: 'warn' },
  });
  atEnd(async () => {
    await stack.stop();
    folder.remove();
  });
  await stack.start();
  return stack;
}

/** p50 and p99 of one run at a rate; the first seconds warm up. */
export async function latencyAtRate(
  url: () => string,
  sink: MailSink,
  quick: boolean,
): Promise<{ p50: number; p99: number; missing: number }> {
  const warmUp = await signUpAtRate(url, SIGN_UPS_PER_SECOND, quick ? 1 : 3);
  await sink.receives(warmUp.accepted.size, PATIENCE_MS);
  const signUps = await signUpAtRate(url, SIGN_UPS_PER_SECOND, quick ? 2 : 8);
  const mails = await sink.receives(signUps.accepted.size, PATIENCE_MS);
  const latencies = latenciesOf(signUps, mails);
  return { ...latencyOf(latencies), missing: latencies.filter((latency) => latency === Infinity).length };
}
