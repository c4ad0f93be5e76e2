import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';

/** A mail as it was on the wire. */
interface ReceivedMail {
  readonly to: string[];
  readonly raw: string;
}

/** What the sink does at each step; each may also fail. */
export interface SinkBehaviour extends SMTPServerOptions {
  /** After the final dot: return an error to reject, 'die' to close without an answer, 'hang' to never answer. */
  afterContent?: (mail: ReceivedMail) => Error | 'die' | 'hang' | undefined;
}

/** A real SMTP server that keeps its mails and fails on demand. */
export class SmtpSink {
  readonly mails: ReceivedMail[] = [];
  /** Recipients of RCPT TO as they were on the wire, without TLS; smtp-server decodes their domains in `mails`. */
  readonly recipients: string[] = [];
  /** How many connections were ever opened. */
  connections = 0;
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: { count: number; resolve: () => void }[] = [];
  behaviour: SinkBehaviour;

  private constructor(behaviour: SinkBehaviour) {
    this.behaviour = behaviour;
    this.#server = new SMTPServer({
      authOptional: true,
      // Otherwise the client would get a self-signed certificate; the TLS specs enable it.
      hideSTARTTLS: true,
      closeTimeout: 100,
      ...behaviour,
      onConnect: (session, done) =>
        this.behaviour.onConnect ? this.behaviour.onConnect.call(this.#server, session, done) : done(),
      onRcptTo: (address, session, done) =>
        this.behaviour.onRcptTo ? this.behaviour.onRcptTo.call(this.#server, address, session, done) : done(),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const mail = {
            to: session.envelope.rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString(),
          };
          const answer = this.behaviour.afterContent?.(mail);
          if (answer === 'die') return this.dropConnections();
          if (answer === 'hang') return;
          if (answer) return done(answer);
          this.mails.push(mail);
          for (const { count, resolve } of this.#waiting) if (this.mails.length >= count) resolve();
          done();
        });
      },
    });
    // Specs close connections in the middle of a mail.
    this.#server.on('error', () => {});
    this.#server.server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('data', (chunk: Buffer) => {
        for (const [, recipient = ''] of chunk.toString().matchAll(/^RCPT TO:<([^>]*)>/gm))
          this.recipients.push(recipient);
      });
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(behaviour: SinkBehaviour = {}, port = 0): Promise<SmtpSink> {
    const sink = new SmtpSink(behaviour);
    sink.#server.listen(port, '127.0.0.1');
    await once(sink.#server.server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Resolves when so many mails have been received. */
  async received(count: number): Promise<void> {
    if (this.mails.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** As a crash would, without QUIT. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.dropConnections();
    });
  }
}

/** An error as smtp-server turns it into an answer. */
export function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
