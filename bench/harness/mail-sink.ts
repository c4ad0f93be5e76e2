import { setTimeout as delay } from 'node:timers/promises';
import { cpuMs } from './log-broker.ts';
import { startProgram } from './program.ts';
import type { Program } from './program.ts';

export interface Accepted {
  readonly to: string;
  /** Wall clock, in milliseconds with fractions. */
  readonly at: number;
}

/** The one mail server that all sides of a bench send to. */
export class MailSink {
  #program: Program;
  readonly #port: number;
  readonly #answerAfterMs: number;
  #accepted: Accepted[] = [];
  #accepting = Promise.withResolvers<void>();

  static async start(answerAfterMs = 0): Promise<MailSink> {
    const program = startProgram('smtp-sink.ts', { port: 0, answerAfterMs });
    const { port } = await program.next<{ port: number }>();
    return new MailSink(program, port, answerAfterMs);
  }

  private constructor(program: Program, port: number, answerAfterMs: number) {
    this.#program = program;
    this.#port = port;
    this.#answerAfterMs = answerAfterMs;
    this.#listen();
  }

  get pid(): number {
    return this.#program.process.pid!;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Killed, unavailable for some time, and back at the same address. */
  async outage(milliseconds: number): Promise<void> {
    await this.kill();
    await delay(milliseconds);
    await this.restart();
  }

  async kill(): Promise<void> {
    await this.#program.stop('SIGKILL');
  }

  /** At the same address. */
  async restart(): Promise<void> {
    this.#program = startProgram('smtp-sink.ts', { port: this.#port, answerAfterMs: this.#answerAfterMs });
    await this.#program.next();
    this.#listen();
  }

  /** What has come since the last call. */
  take(): Accepted[] {
    const taken = this.#accepted;
    this.#accepted = [];
    return taken;
  }

  /** Until so many mails have come, or no other comes for some time. */
  async receives(count: number, patienceMs: number): Promise<Accepted[]> {
    while (this.#accepted.length < count) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, patienceMs, true)));
      const isOver = await Promise.race([this.#accepting.promise.then(() => false), patience]);
      clearTimeout(timer);
      if (isOver) break;
    }
    return this.take();
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  #listen(): void {
    this.#program.process.on('message', ({ accepted }: { accepted: Accepted[] }) => {
      this.#accepted.push(...accepted);
      this.#accepting.resolve();
      this.#accepting = Promise.withResolvers();
    });
  }
}

/** The first part of a run warms up. */
const WARM_UP_PART = 0.2;

/** Mails a second of so many, and the processor time that the process used for each. */
export async function mailRate(
  sink: MailSink,
  { mails, pid, patienceMs }: { readonly mails: number; readonly pid: number; readonly patienceMs: number },
): Promise<{ perSecond: number; cpuUs: number }> {
  const first = await sink.receives(Math.ceil(mails * WARM_UP_PART), patienceMs);
  const cpuBefore = cpuMs(pid);
  const rest = await sink.receives(mails - first.length, patienceMs);
  const cpu = cpuMs(pid) - cpuBefore;
  const times = rest.map(({ at }) => at).toSorted((a, b) => a - b);
  return {
    perSecond: ((times.length - 1) * 1_000) / (times.at(-1)! - times[0]!),
    cpuUs: (cpu * 1_000) / rest.length,
  };
}
