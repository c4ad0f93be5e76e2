/**
 * A mail server that accepts everything and keeps nothing but the moment: whom to, when. With `answerAfterMs` it takes that
 * long to accept a mail, as a server across a network does.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Accepted } from '../harness/mail-sink.ts';
import { answer, optionsOf } from './program.ts';

interface Taken extends Accepted {
  readonly acknowledge: () => void;
}

const { port, answerAfterMs = 0 } = optionsOf<{ port: number; answerAfterMs?: number }>();
let taken: Taken[] = [];
const server = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: true,
  disableReverseLookup: true,
  onData: (stream, session, done) => {
    stream.on('end', () => {
      const at = performance.timeOrigin + performance.now();
      const [to] = session.envelope.rcptTo;
      taken.push({ to: to!.address, at, acknowledge: done });
      if (taken.length === 1) setImmediate(report);
    });
    stream.resume();
  },
});
// A client that is killed in the middle is part of the benches.
server.on('error', () => {});

/** Reports, then acknowledges: a mail that a killed server had acknowledged and not reported would look lost. */
function report(): void {
  const all = taken;
  taken = [];
  process.send!({ accepted: all.map(({ to, at }) => ({ to, at })) }, () => {
    const acknowledge = (): void => {
      for (const one of all) one.acknowledge();
    };
    if (answerAfterMs === 0) acknowledge();
    else setTimeout(acknowledge, answerAfterMs);
  });
}

server.listen(port, '127.0.0.1', () => {
  answer({ port: (server.server.address() as AddressInfo).port });
});
