/**
 * MailDev as a process of its own: real SMTP and a real inbox page, on loopback alone, mails kept across restarts.
 *
 *     node tools/stack/run-maildev.ts --smtp 1025 --web 1080 --data .data/maildev
 *
 * A parent with a channel to it switches its faults by messages; they end with the parent.
 */
import { MailDev } from 'maildev';
import type { Server } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { parseArgs } from 'node:util';
import { MailFaults } from './mail-faults.ts';
import type { MailFault, MailFaultReport } from './mail-faults.ts';

const HOST = '127.0.0.1';

/** All of them are held in memory, and read again at a start. */
const MAILS_MAX = 2_000;

const { values } = parseArgs({
  options: {
    smtp: { type: 'string' },
    web: { type: 'string' },
    data: { type: 'string' },
    fault: { type: 'string' },
  },
});
const { smtp, web, data, fault } = values;
if (smtp === undefined || web === undefined || data === undefined) {
  throw new Error('usage: run-maildev.ts --smtp PORT --web PORT --data FOLDER');
}

const maildev = new MailDev({
  smtp: Number(smtp),
  ip: HOST,
  web: Number(web),
  webIp: HOST,
  mailDirectory: data,
  maxEmails: MAILS_MAX,
  silent: true,
});
const report = (message: MailFaultReport): void => void process.send?.(message, () => undefined);
const faults = await startWithFault((fault as MailFault | undefined) ?? null);
let setting = Promise.resolve();
const change = (to: MailFault | null): void => {
  setting = setting.then(() => faults.set(to)).then(() => report({ inEffect: to }));
};
process.on('message', (message) => change((message as { fault: MailFault | null }).fault));
process.once('disconnect', () => change(null));
console.log(`ready on ${HOST}:${smtp} and http://${HOST}:${web}`);

const stop = (): void => {
  // A client that keeps its connection open would hold the stop up; mails that were accepted are on disk.
  void maildev.stop().catch(console.error);
  setTimeout(() => process.exit(0), 200);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

/** MailDev accepts mails long before all of it has started; the fault is in effect from the first of them on. */
async function startWithFault(first: MailFault | null): Promise<MailFaults> {
  const address = { port: Number(smtp), host: HOST };
  const { promise, resolve } = Promise.withResolvers<MailFaults>();
  const prototype = SMTPServer.prototype as { listen: (this: SMTPServer, ...args: unknown[]) => Server };
  const { listen } = prototype;
  prototype.listen = function listenWithFault(...args) {
    const made = new MailFaults(this, address, (affected) => report({ affected }));
    this.server.once('listening', () => resolve(made.set(first).then(() => made)));
    return listen.apply(this, args);
  };
  await maildev.start();
  return promise;
}
