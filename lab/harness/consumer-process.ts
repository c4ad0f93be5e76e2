import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ConsumerOptions, ConsumerReport } from '../programs/consumer-options.ts';
import { residentMb } from '../../bench/harness/log-broker.ts';
import { PATIENCE_MS, QUIET_MS } from '../basics/limits.ts';
import { Changes } from './changes.ts';
import { isQuiet } from './collect.ts';
import type { Lab } from './experiment.ts';

const PROGRAM = join(import.meta.dirname, '..', 'programs', 'consume.ts');

/** A consumer in a process of its own, because only a process can be killed. It ends with the experiment. */
export class ConsumerProcess {
  /** The messages with which its handler began. */
  readonly begun: string[] = [];
  hasEnded = false;
  readonly #child;
  readonly #ended: Promise<void>;
  #isReady = false;
  readonly #changes = new Changes();

  constructor({ system, address, closeAtEnd }: Lab, options: Omit<ConsumerOptions, 'system' | 'address'>) {
    this.#child = fork(PROGRAM, [JSON.stringify({ system, address, ...options })], {
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    closeAtEnd(async () => this.kill());
    this.#child.on('message', (message) => {
      const report = message as ConsumerReport;
      if ('begun' in report) this.begun.push(report.begun);
      else this.#isReady = true;
      this.#changes.report();
    });
    this.#ended = once(this.#child, 'exit').then(() => {
      this.hasEnded = true;
      this.#changes.report();
    });
  }

  /** Resolves when its handler began with so many messages, rejects when the process ends before. */
  async hasBegun(messages: number): Promise<void> {
    while (this.begun.length < messages) {
      if (this.hasEnded) throw new Error('the consumer ended before it had received what it should');
      await this.#changes.next;
    }
  }

  /**
   * Resolves when it ended, or when it has been receiving and nothing came for a while: a long one before the message `last`, if
   * one is expected, has come, because a consumer may lose its group on a busy machine, and join again.
   */
  async untilQuiet(last?: string): Promise<void> {
    while (!this.hasEnded) {
      const isExpecting = last !== undefined && !this.begun.includes(last);
      if (!this.#isReady) await this.#changes.next;
      else if (await isQuiet(this.#changes.next, isExpecting ? PATIENCE_MS : QUIET_MS)) return;
    }
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Its memory, in MB. */
  residentMb(): number {
    return residentMb(this.#child.pid!);
  }

  /** Without warning. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
