import SmtpConnection from 'nodemailer/lib/smtp-connection';
import type { Passes } from './kill-at.ts';

type Done = (error: Error | null | undefined, info?: unknown) => void;

export function watchSmtp(passes: Passes): void {
  const prototype = SmtpConnection.prototype as unknown as {
    send: (envelope: unknown, message: unknown, done: Done) => void;
  };
  const { send } = prototype;
  prototype.send = function watchedSend(envelope, message, done) {
    send.call(this, envelope, message, (error, info) => {
      // The mail server has it, and we are the only ones who know.
      if (!error) passes('mail-accepted');
      done(error, info);
    });
  };
}
