import { dnsCache } from 'nodemailer/lib/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '@event-bus/test-kit/certificate';
import { readMail } from '../testing/read-mail.ts';
import { answer, SmtpSink } from '../testing/smtp-sink.ts';
import type { SinkBehaviour } from '../testing/smtp-sink.ts';
import type { OutgoingMail } from './mailer.ts';
import { SMTP_BOUNDS, SmtpMailer } from './smtp-mailer.ts';

const mail: OutgoingMail = {
  messageId: '<0199f1c2.welcome@example.com>',
  from: { name: '이벤트 상점', address: 'no-reply@example.com' },
  to: { name: '김지민', address: 'jimin@example.com' },
  subject: '김지민님, 환영합니다 🎉',
  text: '김지민님, 반갑습니다.\n합계 ₩24,000\n.\n점 하나만 있는 줄도 그대로',
  html: '<p>김지민님, 반갑습니다.</p>',
};

/** The bound that a silent server reaches: short for a test, and long enough for one that is only slow, as on a busy machine. */
const IMPATIENT = { socketTimeout: 1_500 };

describe('the SMTP mailer', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function sinkThat(behaviour: SinkBehaviour = {}, port?: number): Promise<SmtpSink> {
    const sink = await SmtpSink.start(behaviour, port);
    closers.push(() => sink.stop());
    return sink;
  }
  function mailerTo(url: string, bounds = SMTP_BOUNDS, tls?: { ca?: string }): SmtpMailer {
    const mailer = new SmtpMailer(url, bounds, tls);
    closers.push(() => mailer.close());
    return mailer;
  }

  it('delivers subject, names and both bodies in Korean as they were written', async () => {
    const sink = await sinkThat();
    const mailer = mailerTo(sink.url);

    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });

    const received = readMail(sink.mails[0]!.raw);
    expect(received.headers.get('subject')).toBe(mail.subject);
    expect(received.headers.get('from')).toBe('이벤트 상점 <no-reply@example.com>');
    expect(received.headers.get('to')).toBe('김지민 <jimin@example.com>');
    expect(received.headers.get('message-id')).toBe(mail.messageId);
    expect(received.headers.get('auto-submitted')).toBe('auto-generated');
    expect(received.text).toBe(mail.text);
    expect(received.html).toBe(mail.html);
    expect(mailer.state().state).toBe('accepting');
  });

  it('sends many mails over few connections', async () => {
    const sink = await sinkThat();
    const mailer = mailerTo(sink.url, { ...SMTP_BOUNDS, maxConnections: 2 });
    await Promise.all(Array.from({ length: 20 }, () => mailer.send(mail)));
    expect(sink.mails).toHaveLength(20);
    expect(sink.connections).toBeLessThanOrEqual(2);
  });

  it('at a stop gives up the mails whose content has not been started, and ends the one that it sends', async () => {
    const stopping = new AbortController();
    const sink = await sinkThat({
      afterContent: () => {
        stopping.abort(new Error('the service stops'));
        return undefined;
      },
    });
    const mailer = mailerTo(sink.url, { ...SMTP_BOUNDS, maxConnections: 1 });
    const [sending, ...waiting] = Array.from({ length: 3 }, () => mailer.send(mail, undefined, stopping.signal));
    const waited = Promise.allSettled(waiting);
    expect(await sending).toMatchObject({ outcome: 'accepted' });
    const givenUp = { status: 'rejected', reason: stopping.signal.reason };
    expect(await waited).toEqual([givenUp, givenUp]);
    await expect(mailer.send(mail, undefined, stopping.signal)).rejects.toThrow('the service stops');
    expect(sink.mails).toHaveLength(1);
    expect(mailer.state().state).toBe('accepting');
  });

  it('is certain that a refused connection accepted nothing', async () => {
    const sink = await sinkThat();
    const { url } = sink;
    await sink.stop();
    const mailer = mailerTo(url);
    expect(await mailer.send(mail)).toMatchObject({
      outcome: 'not-accepted',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(mailer.state().state).toBe('not accepting');
  });

  it.each<
    [title: string, behaviour: SinkBehaviour, outcome: string, reason: string, bounds?: Partial<typeof SMTP_BOUNDS>]
  >([
    ['a greeting of 421', { onConnect: (_session, done) => done(answer(421, 'too busy')) }, 'not-accepted', 'too busy'],
    ['a greeting of 554', { onConnect: (_session, done) => done(answer(554, 'go away')) }, 'not-accepted', 'go away'],
    ['450 at RCPT TO', { onRcptTo: (_to, _session, done) => done(answer(450, 'later')) }, 'not-accepted', 'later'],
    [
      '550 at RCPT TO',
      { onRcptTo: (_to, _session, done) => done(answer(550, 'no such user')) },
      'rejected',
      'no such user',
    ],
    ['451 after the content', { afterContent: () => answer(451, 'disk full') }, 'not-accepted', 'disk full'],
    ['554 after the content', { afterContent: () => answer(554, 'spam') }, 'rejected', 'spam'],
    ['a connection that dies after the final dot', { afterContent: () => 'die' }, 'unknown', 'closed unexpectedly'],
    ['a server silent after the final dot', { afterContent: () => 'hang' }, 'unknown', 'Timeout', IMPATIENT],
    ['a server silent at RCPT TO', { onRcptTo: () => {} }, 'not-accepted', 'Timeout', IMPATIENT],
    [
      'a server that never greets',
      { onConnect: () => {} },
      'not-accepted',
      'Greeting never received',
      { greetingTimeout: 1_500 },
    ],
  ])('%s', async (_title, behaviour, outcome, reason, bounds) => {
    const sink = await sinkThat(behaviour);
    const mailer = mailerTo(sink.url, { ...SMTP_BOUNDS, ...bounds });
    expect(await mailer.send(mail)).toMatchObject({ outcome, reason: expect.stringContaining(reason) });
    expect(sink.mails).toHaveLength(0);

    // Whatever it was, the next mail goes out over the same pool.
    sink.behaviour = {};
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });
    expect(sink.mails).toHaveLength(1);
  });

  it('a connection that dies before DATA is answered: certainly not accepted', async () => {
    const sink = await sinkThat({ onRcptTo: () => sink.dropConnections() });
    expect(await mailerTo(sink.url).send(mail)).toMatchObject({ outcome: 'not-accepted' });
  });

  it('never sends the content a second time of its own accord', async () => {
    let contents = 0;
    const sink = await sinkThat();
    const mailer = mailerTo(sink.url);
    await mailer.send(mail);
    // The connection is a used one now, and nodemailer does send again over another when a used one was found dead.
    sink.behaviour = { afterContent: () => (contents++, 'die') };
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'unknown' });
    expect(contents).toBe(1);
  });

  it('finds a new connection when the old ones were dropped while idle', async () => {
    const sink = await sinkThat();
    const mailer = mailerTo(sink.url);
    await mailer.send(mail);
    sink.dropConnections();
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });
    expect(sink.connections).toBe(2);
  });

  it('goes on when the mail server comes back at the same address', async () => {
    const before = await sinkThat();
    const mailer = mailerTo(before.url);
    const { port } = before;
    await mailer.send(mail);
    await before.stop();
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'not-accepted' });

    const after = await sinkThat({}, port);
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });
    expect(after.mails).toHaveLength(1);
  });

  it('finds a mail server that has moved to another address', async () => {
    const sink = await sinkThat();
    const mailer = mailerTo(sink.url.replace('127.0.0.1', 'localhost'));
    const formerAddress = { addresses: ['127.0.0.99'] };
    dnsCache.set('localhost', { value: formerAddress, expires: Date.now() + 300_000 });
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'not-accepted' });
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });
  });

  it('gives up waiting for its turn within the bound of one send, certain that nothing was sent', async () => {
    const sink = await sinkThat({ afterContent: () => 'hang' });
    // Long enough for the first to be handed over on a busy machine.
    const mailer = mailerTo(sink.url, { ...SMTP_BOUNDS, maxConnections: 1, sendTimeout: 3_000 });
    const [first, second] = await Promise.all([mailer.send(mail), mailer.send(mail)]);
    expect(first.outcome).toBe('unknown');
    expect(second.outcome).toBe('not-accepted');
  });

  it('writes no header that a name or a subject smuggles in', async () => {
    const sink = await sinkThat();
    const name = 'Mallory\r\nBcc: everybody@example.com';
    await mailerTo(sink.url).send({ ...mail, to: { ...mail.to, name }, subject: `${name}, welcome` });
    expect(sink.mails[0]!.to).toEqual(['jimin@example.com']);
    expect(readMail(sink.mails[0]!.raw).headers.has('bcc')).toBe(false);
  });

  describe('with the name, password and TLS of its URL', () => {
    const onAuth: SinkBehaviour['onAuth'] = ({ username, password }, _session, done) =>
      username === 'mail@shop' && password === 'p:ä/#1'
        ? done(null, { user: 'ok' })
        : done(answer(535, 'wrong password'));

    it('logs in over STARTTLS', async () => {
      const sink = await sinkThat({ authOptional: false, hideSTARTTLS: false, onAuth });
      const login = `${encodeURIComponent('mail@shop')}:${encodeURIComponent('p:ä/#1')}`;
      const url = `smtp://${login}@127.0.0.1:${sink.port}?requireTLS=true&tls.rejectUnauthorized=false`;
      expect(await mailerTo(url).send(mail)).toMatchObject({ outcome: 'accepted' });
    });

    it('lets mails wait for the right password instead of giving them up', async () => {
      const sink = await sinkThat({ authOptional: false, allowInsecureAuth: true, onAuth });
      const url = `smtp://shop:wrong@127.0.0.1:${sink.port}`;
      expect(await mailerTo(url).send(mail)).toMatchObject({
        outcome: 'not-accepted',
        reason: expect.stringContaining('wrong password'),
      });
    });

    it('reports that it is rejected, and notices without a mail when it no longer is', async () => {
      const sink = await sinkThat({ authOptional: false, allowInsecureAuth: true, onAuth });
      const { port } = sink;
      const mailer = mailerTo(`smtp://shop:wrong@127.0.0.1:${port}`);
      await mailer.verify();
      expect(mailer.state()).toEqual({ state: 'rejected', detail: expect.stringContaining('wrong password') });

      await sink.stop();
      await sinkThat({ allowInsecureAuth: true, onAuth: (_login, _session, done) => done(null, { user: 'ok' }) }, port);
      await mailer.verify();
      expect(mailer.state().state).toBe('accepting');
    });

    it('does not accept mails until it accepts one, although the login succeeds', async () => {
      const sink = await sinkThat({ onRcptTo: (_address, _session, done) => done(answer(451, 'try again later')) });
      const mailer = mailerTo(sink.url);
      await mailer.verify();
      expect(mailer.state().state).toBe('accepting');
      await mailer.send(mail);
      await mailer.verify();
      expect(mailer.state()).toEqual({ state: 'not accepting', detail: expect.stringContaining('451') });
      sink.behaviour = {};
      await mailer.send(mail);
      expect(mailer.state().state).toBe('accepting');
    });

    it('does not trust a self-signed certificate', async () => {
      const sink = await sinkThat({ hideSTARTTLS: false });
      expect(await mailerTo(sink.url).send(mail)).toMatchObject({ outcome: 'not-accepted' });
      expect(sink.mails).toHaveLength(0);
    });
  });

  describe('with an authority to trust', () => {
    const ways: [title: string, scheme: string, secure: boolean][] = [
      ['from the first byte', 'smtps', true],
      ['after STARTTLS', 'smtp', false],
    ];

    it.each(ways)('sends by TLS %s', async (_title, scheme, secure) => {
      const certificate = createCertificate();
      const sink = await sinkThat({ ...certificate, secure });
      const mailer = mailerTo(`${scheme}://127.0.0.1:${sink.port}`, SMTP_BOUNDS, { ca: certificate.cert });
      expect(await mailer.send(mail)).toMatchObject({ outcome: 'accepted' });
      expect(sink.mails).toHaveLength(1);
    });

    it.each(ways)('%s: neither an expired certificate nor a stranger’s gets a mail', async (_title, scheme, secure) => {
      const [expired, stranger] = [createCertificate({ days: -1 }), createCertificate()];
      for (const [certificate, ca, reason] of [
        [expired, expired.cert, 'certificate has expired'],
        [stranger, createCertificate().cert, 'self-signed certificate'],
      ] as const) {
        const sink = await sinkThat({ ...certificate, secure });
        const mailer = mailerTo(`${scheme}://127.0.0.1:${sink.port}`, SMTP_BOUNDS, { ca });
        expect(await mailer.send(mail)).toEqual({ outcome: 'not-accepted', reason: expect.stringContaining(reason) });
        expect(mailer.state().state).toBe('rejected');
        expect(sink.mails).toEqual([]);
      }
    });

    it('sends nothing to a server that cannot encrypt', async () => {
      const sink = await sinkThat({ disabledCommands: ['STARTTLS'] });
      const mailer = mailerTo(sink.url, SMTP_BOUNDS, {});
      expect(await mailer.send(mail)).toMatchObject({ outcome: 'not-accepted' });
      expect(sink.mails).toEqual([]);
    });
  });
});
