import { randomUUID } from 'node:crypto';
import { emailFailed, emailRequested, emailSent, memberSignedUp, orderCompleted } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { MessageEvents, PermanentError, TransientError } from '@event-bus/messaging-client';
import { deliver, publishedBy, startTestBus } from '@event-bus/messaging-client/testing';
import type { DeliverOptions, Delivered, PublishedEvent } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMail } from '../testing/read-mail.ts';
import { answer, SmtpSink } from '../testing/smtp-sink.ts';
import { startMailService } from '../testing/start-mail-service.ts';
import type { StartedService } from '@event-bus/service-kit/testing';

/** The default of messaging-client. */
const RESENDS_MAX = 3;

let database: TestDatabase;
let sink: SmtpSink;
let service: StartedService;

beforeAll(async () => {
  [database, sink] = await Promise.all([createTestDatabase(), SmtpSink.start()]);
  service = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
});
afterAll(async () => {
  await service?.stop();
  await sink?.stop();
  await database?.drop();
});
beforeEach(() => {
  sink.mails.length = 0;
});
afterEach(() => {
  sink.behaviour = {};
});

interface LedgerRow {
  status: string;
  ambiguous: boolean;
  attempts: number;
  error: string | null;
  messageId: string;
  [column: string]: unknown;
}

async function get<Body>(path: string): Promise<Body> {
  const { status, body } = await service.get(path);
  expect(status).toBe(200);
  return body as Body;
}
const ledgerOf = (eventId: string): Promise<LedgerRow[]> => get(`/mails?eventId=${encodeURIComponent(eventId)}`);

/** What mail-service has published about the mail that this event caused. */
async function publishedAbout(eventId: string): Promise<PublishedEvent[]> {
  const about = [
    ...(await publishedBy(service.dataSource, emailSent)),
    ...(await publishedBy(service.dataSource, emailFailed)),
  ];
  return about.filter(({ payload }) => payload.causedBy === eventId);
}

/** The readiness check of the mail server. The whole answer is 503 here: there is no broker. */
async function smtpCheck(): Promise<unknown> {
  return (await service.get('/health/ready')).body.checks.smtp;
}

/** A sign-up of a member with an address of their own. */
function signUp(): { member: MemberSignedUp; eventId: string } {
  return { member: { ...memberSignedUp.example, email: `${randomUUID()}@example.com` }, eventId: randomUUID() };
}

const deliverTo = async (
  { app }: StartedService,
  { member, eventId }: ReturnType<typeof signUp>,
  options?: DeliverOptions,
): Promise<Delivered> => deliver(app, memberSignedUp, member, { eventId, ...options });

describe('an event becomes a mail', () => {
  it('member.signed-up: one welcome mail, accepted in the ledger, email.sent in the outbox', async () => {
    const event = signUp();
    const { eventId, offset } = await deliverTo(service, event);

    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]!.to).toEqual([event.member.email]);
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('subject')).toBe('김지민님, 환영합니다');
    expect(mail.headers.get('from')).toBe('이벤트 상점 <no-reply@example.com>');
    expect(mail.headers.get('message-id')).toBe(`<${eventId}.welcome@example.com>`);
    expect(mail.text).toContain('김지민님, 안녕하세요.');
    expect(mail.html).toContain('<html lang="ko">');

    expect(await ledgerOf(eventId)).toEqual([
      {
        id: expect.any(String),
        eventId,
        template: 'welcome',
        recipient: event.member.email,
        subject: '김지민님, 환영합니다',
        status: 'accepted',
        ambiguous: false,
        messageId: `<${eventId}.welcome@example.com>`,
        attempts: 1,
        group: 'mail-service',
        topic: 'member',
        partition: 0,
        offset,
        error: null,
        answer: expect.stringMatching(/^250 /),
        createdAt: expect.any(String),
        acceptedAt: expect.any(String),
      },
    ]);
    expect(await publishedAbout(eventId)).toMatchObject([
      {
        name: 'email.sent',
        key: eventId,
        payload: { template: 'welcome', to: event.member.email, messageId: `<${eventId}.welcome@example.com>` },
      },
    ]);
  });

  it('order.completed: one order mail with its total', async () => {
    const { eventId } = await deliver(service.app, orderCompleted, orderCompleted.example);
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('subject')).toBe('주문이 완료되었습니다 (2C3E4F50)');
    expect(mail.text).toContain('합계: ₩24,000');
    expect(await ledgerOf(eventId)).toMatchObject([{ template: 'order', status: 'accepted' }]);
  });

  it('email.requested: the mail unchanged, from the sender that it names', async () => {
    const requested = { ...emailRequested.example, html: '<b>합계</b> 24,000원' };
    const { eventId } = await deliver(service.app, emailRequested, requested);
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('from')).toBe('shop@example.com');
    expect(mail.headers.get('subject')).toBe('영수증 / Receipt');
    expect(mail.text).toBe('합계 24,000원');
    expect(mail.html).toBe('<b>합계</b> 24,000원');
    expect(await ledgerOf(eventId)).toMatchObject([{ template: 'requested', status: 'accepted' }]);
  });
});

describe('an event that is delivered again', () => {
  it('makes one mail, one ledger row, one email.sent', async () => {
    const event = signUp();
    await deliverTo(service, event);
    expect(await deliverTo(service, event)).toMatchObject({ repeated: true });
    expect(sink.mails).toHaveLength(1);
    expect(await ledgerOf(event.eventId)).toMatchObject([{ attempts: 1 }]);
    expect(await publishedAbout(event.eventId)).toHaveLength(1);
  });

  it('makes no second mail when its inbox row was deleted and its ledger row was not', async () => {
    const event = signUp();
    await deliverTo(service, event);
    await service.dataSource.query('DELETE FROM inbox_message WHERE event_id = $1', [event.eventId]);
    expect(await deliverTo(service, event)).toMatchObject({ repeated: false });
    expect(sink.mails).toHaveLength(1);
    expect(await publishedAbout(event.eventId)).toHaveLength(1);
  });
});

describe('two instances', () => {
  it('that get the same record at once make one mail', async () => {
    const other = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
    try {
      const event = signUp();
      const attempts = await Promise.allSettled([deliverTo(service, event), deliverTo(other, event)]);
      expect(attempts).toContainEqual({ status: 'fulfilled', value: expect.objectContaining({ repeated: false }) });
      // The second one finds it handled when it retries.
      expect(await Promise.all([deliverTo(service, event), deliverTo(other, event)])).toMatchObject([
        { repeated: true },
        { repeated: true },
      ]);
      expect(sink.mails).toHaveLength(1);
      expect(await ledgerOf(event.eventId)).toMatchObject([{ status: 'accepted', ambiguous: false, attempts: 1 }]);
    } finally {
      await other.stop();
    }
  });
});

describe('a mail that is not accepted', () => {
  it('for good: is rejected in the ledger, becomes a dead letter, and email.failed is published', async () => {
    sink.behaviour = { onRcptTo: (_to, _session, done) => done(answer(550, 'no such user')) };
    const bus = await startTestBus();
    const consuming = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url, broker: bus.address });
    try {
      const events = consuming.app.get(MessageEvents);
      const dead = new Promise((resolve) => events.once('record.dead', resolve));
      const { member, eventId } = signUp();
      await bus.publish(memberSignedUp, member, { eventId });
      expect(await dead).toMatchObject({ eventId, reason: 'permanent' });

      const [mail] = await ledgerOf(eventId);
      expect(mail).toMatchObject({
        status: 'rejected',
        ambiguous: false,
        acceptedAt: null,
        error: expect.stringContaining('no such user'),
      });
      expect(await publishedAbout(eventId)).toMatchObject([
        {
          name: 'email.failed',
          payload: { template: 'welcome', to: member.email, reason: expect.stringContaining('no such user') },
        },
      ]);
      const [letter] = await get<Record<string, unknown>[]>('/dead-letters?limit=1');
      expect(letter).toMatchObject({ eventId, reason: 'permanent', topic: 'member', offset: mail!['offset'] });
    } finally {
      await consuming.stop();
      await bus.close();
    }
  });

  it('for now: waits, and is sent once when the mail server can', async () => {
    sink.behaviour = { onRcptTo: (_to, _session, done) => done(answer(450, 'mailbox busy')) };
    const event = signUp();
    await expect(deliverTo(service, event)).rejects.toBeInstanceOf(TransientError);
    expect(await ledgerOf(event.eventId)).toMatchObject([
      { status: 'waiting', ambiguous: false, attempts: 1, error: expect.stringContaining('mailbox busy') },
    ]);

    sink.behaviour = {};
    await deliverTo(service, event, { attempt: 2 });
    expect(sink.mails).toHaveLength(1);
    expect(await ledgerOf(event.eventId)).toMatchObject([
      { status: 'accepted', ambiguous: false, attempts: 2, error: null },
    ]);
  });

  it('with the answer lost: is ambiguous, and sent again under the same Message-ID', async () => {
    // The server has the mail and does not answer: the only case that can cause a duplicate.
    const had: string[] = [];
    sink.behaviour = { afterContent: ({ raw }) => (had.push(raw), 'die') };
    const event = signUp();
    await expect(deliverTo(service, event)).rejects.toThrow('may or may not have the mail');
    expect(await ledgerOf(event.eventId)).toMatchObject([{ status: 'handing-over', ambiguous: true, attempts: 1 }]);

    sink.behaviour = {};
    await deliverTo(service, event, { attempt: 2 });
    expect(had).toHaveLength(1);
    expect(sink.mails).toHaveLength(1);
    expect(readMail(had[0]!).headers.get('message-id')).toBe(readMail(sink.mails[0]!.raw).headers.get('message-id'));
    expect(await ledgerOf(event.eventId)).toMatchObject([{ status: 'accepted', ambiguous: true, attempts: 2 }]);
  });

  it('by a server that takes it and never answers: is sent again a few times, and then given up', async () => {
    const copies: string[] = [];
    sink.behaviour = { afterContent: ({ raw }) => (copies.push(raw), 'hang') };
    // As in production but for its bound: this server is given half a second to answer.
    const impatient = await startMailService({ databaseUrl: database.url, smtpUrl: `${sink.url}?socketTimeout=500` });
    try {
      const event = signUp();
      for (let attempt = 1; attempt <= 1 + RESENDS_MAX; attempt += 1) {
        await expect(deliverTo(impatient, event, { attempt })).rejects.toThrow('may or may not have the mail');
      }
      const last = deliverTo(impatient, event, { attempt: 2 + RESENDS_MAX });
      await expect(last).rejects.toBeInstanceOf(PermanentError);
      expect(copies).toHaveLength(1 + RESENDS_MAX);
      expect(await ledgerOf(event.eventId)).toMatchObject([
        { status: 'handing-over', ambiguous: true, attempts: 1 + RESENDS_MAX, acceptedAt: null },
      ]);
    } finally {
      await impatient.stop();
    }
  });

  it('by a server that is unavailable: waits as long as that takes', async () => {
    const event = signUp();
    const { port } = sink;
    await sink.stop();
    for (const attempt of [1, 2, 3]) {
      await expect(deliverTo(service, event, { attempt })).rejects.toBeInstanceOf(TransientError);
      expect(await ledgerOf(event.eventId)).toMatchObject([{ status: 'waiting', ambiguous: false, attempts: attempt }]);
    }
    expect(await smtpCheck()).toMatchObject({
      state: 'warning',
      ready: true,
      detail: expect.stringContaining('not accepting: connect ECONNREFUSED'),
    });

    sink = await SmtpSink.start({}, port);
    await deliverTo(service, event, { attempt: 4 });
    expect(sink.mails).toHaveLength(1);
  });
});

describe('the ledger’s page', () => {
  it('filters by recipient whatever its case, template and status, newest first and at most as many as the limit', async () => {
    const event = signUp();
    const { email } = event.member;
    await deliverTo(service, event);
    const requested = { ...emailRequested.example, to: email.toUpperCase() };
    const later = await deliver(service.app, emailRequested, requested);

    const ids = async (query: string): Promise<unknown[]> =>
      (await get<LedgerRow[]>(`/mails?to=${encodeURIComponent(email)}${query}`)).map((mail) => mail['eventId']);
    expect(await ids('')).toEqual([later.eventId, event.eventId]);
    expect(await ids('&limit=1')).toEqual([later.eventId]);
    expect(await ids('&template=welcome')).toEqual([event.eventId]);
    expect(await ids('&status=accepted')).toEqual([later.eventId, event.eventId]);
    expect(await ids('&status=waiting')).toEqual([]);
  });

  it('has the mails of several events in one answer', async () => {
    const [one, other, third] = [signUp(), signUp(), signUp()];
    for (const event of [one, other, third]) await deliverTo(service, event);
    const mails = await get<LedgerRow[]>(`/mails?eventIds=${one.eventId},${third.eventId},unknown`);
    expect(mails.map((mail) => mail['eventId'])).toEqual([third.eventId, one.eventId]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=100000', 'limit'],
    ['status=lost', 'status'],
    ['ambiguous=perhaps', 'ambiguous'],
    ['before=x', 'before'],
    ['template=invoice', 'template'],
    ['eventID=1', '(query)'],
    ['constructor=1', '(query)'],
    ['to=%00', 'to'],
    ['eventId=a%00b', 'eventId'],
    ['eventIds=a%00b', 'eventIds'],
    [`eventIds=${'a,'.repeat(101)}`, 'eventIds'],
    ['eventIds=,', 'eventIds'],
  ])('refuses ?%s and names %s', async (query, field) => {
    expect(await service.get(`/mails?${query}`)).toMatchObject({
      status: 400,
      body: { problems: [{ path: field, message: expect.any(String) }] },
    });
  });
});
