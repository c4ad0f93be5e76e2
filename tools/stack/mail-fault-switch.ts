import type { ChildProcess } from 'node:child_process';
import type { MailFault, MailFaultReport } from './mail-faults.ts';

/** Switches the faults of the mail server from the supervisor, by the channel that node has between parent and child. */
export class MailFaultSwitch {
  readonly affected = new Map<MailFault, number>();
  #fault: MailFault | null = null;
  #server: ChildProcess | undefined;
  #inEffect = Promise.withResolvers<void>();

  get fault(): MailFault | null {
    return this.#fault;
  }

  /** To be called with each process of the mail server; it has been started with the fault of this moment. */
  attach(server: ChildProcess): void {
    this.#server = server;
    server.on('message', (report: MailFaultReport) => {
      if ('affected' in report) {
        this.affected.set(report.affected, (this.affected.get(report.affected) ?? 0) + 1);
      } else if (report.inEffect === this.#fault) this.#inEffect.resolve();
    });
    // The next one is started with the fault.
    server.once('exit', () => {
      if (this.#server === server) this.#server = undefined;
      this.#inEffect.resolve();
    });
  }

  /** null: all is well again. Resolves when it is in effect. */
  async set(fault: MailFault | null): Promise<void> {
    this.#fault = fault;
    this.#inEffect = Promise.withResolvers();
    if (this.#server?.connected !== true) return;
    this.#server.send({ fault }, (error) => {
      if (error !== null) this.#inEffect.resolve();
    });
    await this.#inEffect.promise;
  }
}
