import { MailSink } from '../../bench/harness/mail-sink.ts';
import { temporaryFolder } from '../../bench/harness/temporary-folder.ts';
import { Stack } from '../../tools/stack/start-stack.ts';
import type { Lab } from './experiment.ts';

/** The services of this repository with their PostgreSQL, until the experiment ends. Their mails go into `sink`. */
export async function startServices(
  lab: Lab,
  {
    leaveOut = [],
    env = {},
  }: { readonly leaveOut?: ReadonlyArray<'log-broker'>; readonly env?: Record<string, string> } = {},
): Promise<{ stack: Stack; sink: MailSink }> {
  const folder = temporaryFolder();
  lab.closeAtEnd(async () => folder.remove());
  const sink = await MailSink.start();
  lab.closeAtEnd(async () => sink.stop());
  const stack = new Stack({
    dataFolder: folder.path,
    ports: 'free',
    leaveOut: ['maildev', ...leaveOut],
    serviceEnv: { ...env, SMTP_URL: sink.url, LOG_LEVEL: 'fatal' },
  });
  lab.closeAtEnd(async () => stack.stop());
  await stack.start();
  return { stack, sink };
}

/** False when it is not accepted. */
export async function signUp(memberService: string, email: string, timeoutMs: number): Promise<boolean> {
  const response = await fetch(`${memberService}/members`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, name: '김지민', locale: 'ko' }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.arrayBuffer();
  return response.status === 201;
}
