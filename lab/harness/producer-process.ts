import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProducerOptions, ProducerReport } from '../programs/producer-options.ts';
import { Changes } from './changes.ts';
import type { Lab } from './experiment.ts';

const PROGRAM = join(import.meta.dirname, '..', 'programs', 'produce.ts');

/** A producer in a process of its own, because only a process can be killed. It ends by itself when a send fails, and with the experiment. */
export class ProducerProcess {
  confirmedBelow: number;
  readonly #child;
  readonly #ended: Promise<unknown>;
  #hasEnded = false;
  readonly #changes = new Changes();

  constructor({ system, address, closeAtEnd }: Lab, options: Omit<ProducerOptions, 'system' | 'address'>) {
    this.confirmedBelow = options.from;
    this.#child = fork(PROGRAM, [JSON.stringify({ system, address, ...options })], {
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
      // A send that fails is expected here: what is not confirmed is sent by the next producer.
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    closeAtEnd(async () => this.kill());
    this.#child.on('message', (message) => {
      ({ confirmedBelow: this.confirmedBelow } = message as ProducerReport);
      this.#changes.report();
    });
    this.#ended = once(this.#child, 'close').then(() => {
      this.#hasEnded = true;
      this.#changes.report();
    });
  }

  /** Resolves when all below this number are confirmed, or when it has ended. */
  async until(confirmedBelow: number): Promise<void> {
    while (this.confirmedBelow < confirmedBelow && !this.#hasEnded) await this.#changes.next;
  }

  /** Without warning. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
