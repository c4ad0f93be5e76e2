/** A mail server that accepts everything and keeps nothing but the moment: whom to, when. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { answer, optionsOf } from './program.ts';

export interface Accepted {
  readonly to: string;
  /** Wall clock, in milliseconds with fractions. */
  readonly at: number;
}

/** Soon enough for whoever waits, seldom enough to cost nothing. */
const TELL_MS = 20;

let accepted: Accepted[] = [];
const server = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: true,
  disableReverseLookup: true,
  onData: (stream, session, done) => {
    stream.on('end', () => {
      const at = performance.timeOrigin + performance.now();
      for (const { address } of session.envelope.rcptTo) accepted.push({ to: address, at });
      done();
    });
    stream.resume();
  },
});
// A client that is killed in the middle is part of the benches.
server.on('error', () => {});
setInterval(() => {
  if (accepted.length === 0) return;
  answer({ accepted });
  accepted = [];
}, TELL_MS);
server.listen(optionsOf<{ port: number }>().port, '127.0.0.1', () => {
  answer({ port: (server.server.address() as AddressInfo).port });
});
