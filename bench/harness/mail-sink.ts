import { setTimeout as delay } from 'node:timers/promises';
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
  #accepted: Accepted[] = [];
  #heard = Promise.withResolvers<void>();

  static async start(): Promise<MailSink> {
    const program = startProgram('smtp-sink.ts', { port: 0 });
    const { port } = await program.next<{ port: number }>();
    return new MailSink(program, port);
  }

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.#port = port;
    this.#listen();
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Killed, away for some time, and back at the same address. */
  async outage(milliseconds: number): Promise<void> {
    await this.#program.stop('SIGKILL');
    await delay(milliseconds);
    this.#program = startProgram('smtp-sink.ts', { port: this.#port });
    await this.#program.next();
    this.#listen();
  }

  /** What has come since the last time somebody asked. */
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
      const isOver = await Promise.race([this.#heard.promise.then(() => false), patience]);
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
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    });
  }
}

/** Mails a second; the first part of them warms up. */
export function rateOf(accepted: readonly Accepted[], warmUpPart = 0.2): number {
  const times = accepted.map(({ at }) => at).toSorted((a, b) => a - b);
  const counted = times.slice(Math.floor(times.length * warmUpPart));
  return ((counted.length - 1) * 1_000) / (counted.at(-1)! - counted[0]!);
}
