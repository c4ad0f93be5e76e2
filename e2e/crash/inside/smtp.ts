import SmtpConnection from 'nodemailer/lib/smtp-connection';
import type { Hangs, Passes } from './watcher.ts';

type Done = (error: Error | null | undefined, info?: unknown) => void;

export function watchSmtp({ passes, hangs }: { readonly passes: Passes; readonly hangs: Hangs }): void {
  const prototype = SmtpConnection.prototype as unknown as {
    send: (envelope: unknown, message: unknown, done: Done) => void;
  };
  const { send } = prototype;
  prototype.send = function watchedSend(envelope, message, done) {
    send.call(this, envelope, message, (error, info) => {
      // The mail server has accepted it, and the sender has not seen the answer.
      if (!error) passes('mail-accepted');
      // The sender never sees the answer, and no time-out of the library notices.
      if (!error && hangs('mail-accepted')) return;
      done(error, info);
    });
  };
}
