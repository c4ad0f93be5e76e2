import { once } from 'node:events';
import type { Server } from 'node:net';
import type { SMTPServer } from 'smtp-server';

/** What can be wrong with the mail server; at most one of them at a time. */
export type MailFault = 'mail-server-down' | 'mail-server-slow' | 'mail-server-451' | 'mail-server-550';

/** The process of the mail server reports these to its parent: the fault is in effect, or has changed one answer. */
export type MailFaultReport = { readonly inEffect: MailFault | null } | { readonly affected: MailFault };

/** Long enough to be seen and shorter than the time-outs of clients, also for the three delayed answers of one mail. */
const SLOW_ANSWER_MS = 3_000;

const REJECTIONS = {
  'mail-server-451': { responseCode: 451, message: '4.7.1 Greylisted, try again later' },
  'mail-server-550': { responseCode: 550, message: '5.1.1 Recipient address rejected' },
} as const;

type Callback = (error?: Error | null) => void;

/**
 * Faults of an SMTP server, in its own process: without a fault nothing is between a client and the server. Down, it
 * accepts no connection and has closed those it had. Slow, it delays its answers to MAIL FROM, RCPT TO and the content.
 */
export class MailFaults {
  readonly #server: SMTPServer;
  readonly #report: (affected: MailFault) => void;
  readonly #hooks: Pick<SMTPServer, 'onMailFrom' | 'onRcptTo' | 'onData'>;
  readonly #address: { readonly port: number; readonly host: string };
  #fault: MailFault | null = null;
  /** Answers that are delayed. */
  readonly #delayed = new Map<NodeJS.Timeout, () => void>();

  constructor(
    server: SMTPServer,
    address: { readonly port: number; readonly host: string },
    report: (affected: MailFault) => void,
  ) {
    this.#server = server;
    this.#address = address;
    this.#report = report;
    this.#hooks = { onMailFrom: server.onMailFrom, onRcptTo: server.onRcptTo, onData: server.onData };
  }

  /** null: all is well again. Resolves when it is in effect. */
  async set(fault: MailFault | null): Promise<void> {
    const before = this.#fault;
    if (fault === before) return;
    this.#fault = fault;
    Object.assign(this.#server, this.#hooks);
    this.#answerDelayed();
    if (before === 'mail-server-down') await this.#listen();
    if (fault === 'mail-server-down') await this.#stopListening();
    if (fault === 'mail-server-slow') this.#delayAnswers();
    if (fault === 'mail-server-451' || fault === 'mail-server-550') this.#reject(fault);
  }

  async #listen(): Promise<void> {
    const listener = this.#listener;
    listener.listen(this.#address.port, this.#address.host);
    await once(listener, 'listening');
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener;
    const closed = once(listener, 'close');
    listener.close();
    const { connections } = this.#server as unknown as {
      connections: Iterable<{ _socket: NodeJS.WritableStream & { destroy(): void } }>;
    };
    for (const { _socket: socket } of connections) socket.destroy();
    await closed;
  }

  get #listener(): Server {
    return this.#server.server;
  }

  #delayAnswers(): void {
    const { onMailFrom, onRcptTo, onData } = this.#hooks;
    const delayed =
      (callback: Callback): Callback =>
      (error) =>
        this.#delay(() => callback(error));
    this.#server.onMailFrom = (address, session, callback) =>
      onMailFrom.call(this.#server, address, session, delayed(callback));
    this.#server.onRcptTo = (address, session, callback) =>
      onRcptTo.call(this.#server, address, session, delayed(callback));
    this.#server.onData = (stream, session, callback) => onData.call(this.#server, stream, session, delayed(callback));
  }

  #delay(answer: () => void): void {
    this.#report('mail-server-slow');
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      answer();
    }, SLOW_ANSWER_MS);
    this.#delayed.set(timer, answer);
  }

  #answerDelayed(): void {
    for (const [timer, answer] of this.#delayed) {
      clearTimeout(timer);
      answer();
    }
    this.#delayed.clear();
  }

  #reject(fault: keyof typeof REJECTIONS): void {
    const { message, responseCode } = REJECTIONS[fault];
    this.#server.onRcptTo = (_address, _session, callback) => {
      this.#report(fault);
      callback(Object.assign(new Error(message), { responseCode }));
    };
  }
}
