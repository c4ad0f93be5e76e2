import { randomUUID } from 'node:crypto';
import { emailRequested, memberSignedUp, orderCompleted } from '@event-bus/event-catalog';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { readMail } from '../testing/read-mail.ts';
import { answer, SmtpSink } from '../testing/smtp-sink.ts';
import { recordOf, startMailService } from '../testing/start-mail-service.ts';
import type { MailService } from '../testing/start-mail-service.ts';

/** What messaging-client allows a handler that does not say otherwise. */
const RESENDS_MAX = 3;

let database: TestDatabase;
let sink: SmtpSink;
let service: MailService;

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
  const response = await fetch(`${service.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Body;
}
const ledgerOf = (eventId: string): Promise<LedgerRow[]> => get(`/mails?eventId=${encodeURIComponent(eventId)}`);

/** What mail-service said about the mail that this event caused. */
async function saidAbout(eventId: string): Promise<Record<string, unknown>[]> {
  return service.dataSource.query(
    `SELECT type, aggregateid AS key, payload FROM outbox WHERE payload ->> 'causedBy' = $1 ORDER BY seq`,
    [eventId],
  );
}

/** What the readiness page says of the mail server. The page as a whole is 503 here: there is no broker. */
async function smtpCheck(): Promise<unknown> {
  const page = (await (await fetch(`${service.url}/health/ready`)).json()) as { checks: Record<string, unknown> };
  return page.checks['smtp'];
}

function memberSays(id?: string) {
  const email = `${randomUUID()}@example.com`;
  return { email, record: recordOf(memberSignedUp, { ...memberSignedUp.example, email }, id) };
}

describe('a record becomes a mail', () => {
  it('member.signed-up: one welcome mail, accepted in the ledger, email.sent in the outbox', async () => {
    const { email, record } = memberSays();
    expect(await service.deliver(record)).toEqual({ done: true });

    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]!.to).toEqual([email]);
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('subject')).toBe('김지민님, 환영합니다');
    expect(mail.headers.get('from')).toBe('이벤트 상점 <no-reply@example.com>');
    expect(mail.headers.get('message-id')).toBe(`<${record.id}.welcome@example.com>`);
    expect(mail.text).toContain('김지민님, 안녕하세요.');
    expect(mail.html).toContain('<html lang="ko">');

    expect(await ledgerOf(record.id)).toEqual([
      {
        id: expect.any(String),
        eventId: record.id,
        template: 'welcome',
        recipient: email,
        subject: '김지민님, 환영합니다',
        status: 'accepted',
        ambiguous: false,
        messageId: `<${record.id}.welcome@example.com>`,
        attempts: 1,
        group: 'mail-service',
        topic: 'member',
        partition: 0,
        offset: record.offset,
        error: null,
        createdAt: expect.any(String),
        acceptedAt: expect.any(String),
      },
    ]);
    expect(await saidAbout(record.id)).toEqual([
      {
        type: 'email.sent',
        key: record.id,
        payload: expect.objectContaining({
          template: 'welcome',
          to: email,
          messageId: `<${record.id}.welcome@example.com>`,
        }),
      },
    ]);
  });

  it('order.completed: one order mail with its total', async () => {
    const record = recordOf(orderCompleted, orderCompleted.example);
    expect(await service.deliver(record)).toEqual({ done: true });
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('subject')).toBe('주문이 완료되었습니다 (2C3E4F50)');
    expect(mail.text).toContain('합계: ₩24,000');
    expect(await ledgerOf(record.id)).toMatchObject([{ template: 'order', status: 'accepted' }]);
  });

  it('email.requested: the mail as it stands, from whom it says', async () => {
    const record = recordOf(emailRequested, { ...emailRequested.example, html: '<b>합계</b> 24,000원' });
    expect(await service.deliver(record)).toEqual({ done: true });
    const mail = readMail(sink.mails[0]!.raw);
    expect(mail.headers.get('from')).toBe('shop@example.com');
    expect(mail.headers.get('subject')).toBe('영수증 / Receipt');
    expect(mail.text).toBe('합계 24,000원');
    expect(mail.html).toBe('<b>합계</b> 24,000원');
    expect(await ledgerOf(record.id)).toMatchObject([{ template: 'requested', status: 'accepted' }]);
  });
});

describe('a record that comes again', () => {
  it('makes one mail, one ledger row, one email.sent', async () => {
    const { record } = memberSays();
    await service.deliver(record);
    expect(await service.deliver(record)).toEqual({ done: true });
    expect(sink.mails).toHaveLength(1);
    expect(await ledgerOf(record.id)).toMatchObject([{ attempts: 1 }]);
    expect(await saidAbout(record.id)).toHaveLength(1);
  });

  it('makes no second mail when the inbox has forgotten it and the ledger has not', async () => {
    const { record } = memberSays();
    await service.deliver(record);
    await service.dataSource.query('DELETE FROM inbox_message WHERE event_id = $1', [record.id]);
    expect(await service.deliver(record)).toEqual({ done: true });
    expect(sink.mails).toHaveLength(1);
    expect(await saidAbout(record.id)).toHaveLength(1);
  });
});

describe('two instances', () => {
  it('that are handed the same record at once make one mail', async () => {
    const other = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
    try {
      const { record } = memberSays();
      const outcomes = await Promise.all([service.deliver(record), other.deliver(record)]);
      expect(outcomes).toContainEqual({ done: true });
      // Whoever came second looks again, and finds it done.
      expect(await Promise.all([service.deliver(record), other.deliver(record)])).toEqual([
        { done: true },
        { done: true },
      ]);
      expect(sink.mails).toHaveLength(1);
      expect(await ledgerOf(record.id)).toMatchObject([{ status: 'accepted', ambiguous: false, attempts: 1 }]);
    } finally {
      await other.stop();
    }
  });
});

describe('a mail that is not accepted', () => {
  it('for good: is rejected in the ledger, a dead letter, and said to have failed', async () => {
    sink.behaviour = { onRcptTo: (_to, _session, done) => done(answer(550, 'no such user')) };
    const { email, record } = memberSays();
    expect(await service.deliver(record)).toEqual({ done: true });

    expect(await ledgerOf(record.id)).toMatchObject([
      { status: 'rejected', ambiguous: false, acceptedAt: null, error: expect.stringContaining('no such user') },
    ]);
    expect(await saidAbout(record.id)).toMatchObject([
      {
        type: 'email.failed',
        payload: { template: 'welcome', to: email, reason: expect.stringContaining('no such user') },
      },
    ]);
    const [letter] = await get<Record<string, unknown>[]>('/dead-letters?limit=1');
    expect(letter).toMatchObject({ eventId: record.id, reason: 'permanent', topic: 'member', offset: record.offset });
  });

  it('for now: waits, and is sent once when the mail server can', async () => {
    sink.behaviour = { onRcptTo: (_to, _session, done) => done(answer(450, 'mailbox busy')) };
    const { record } = memberSays();
    expect(await service.deliver(record)).toEqual({ retryInMs: expect.any(Number) });
    expect(await ledgerOf(record.id)).toMatchObject([
      { status: 'waiting', ambiguous: false, attempts: 1, error: expect.stringContaining('mailbox busy') },
    ]);

    sink.behaviour = {};
    expect(await service.deliver(record)).toEqual({ done: true });
    expect(sink.mails).toHaveLength(1);
    expect(await ledgerOf(record.id)).toMatchObject([
      { status: 'accepted', ambiguous: false, attempts: 2, error: null },
    ]);
  });

  it('with the answer lost: is in doubt, and sent again under the same Message-ID with the doubt on record', async () => {
    // The server has it, and says nothing: the one case in which a duplicate can come about.
    const had: string[] = [];
    sink.behaviour = { afterContent: ({ raw }) => (had.push(raw), 'die') };
    const { record } = memberSays();
    // Parked, and not tried again in a moment.
    expect(await service.deliver(record)).toEqual({ done: true, laneParked: true });
    expect(await ledgerOf(record.id)).toMatchObject([{ status: 'handing-over', ambiguous: true, attempts: 1 }]);

    sink.behaviour = {};
    expect(await service.deliver(record)).toEqual({ done: true });
    expect(had).toHaveLength(1);
    expect(sink.mails).toHaveLength(1);
    expect(readMail(had[0]!).headers.get('message-id')).toBe(readMail(sink.mails[0]!.raw).headers.get('message-id'));
    expect(await ledgerOf(record.id)).toMatchObject([{ status: 'accepted', ambiguous: true, attempts: 2 }]);
  });

  it('by a server that takes it and never answers: is sent again a few times, and then an operator decides', async () => {
    const copies: string[] = [];
    sink.behaviour = { afterContent: ({ raw }) => (copies.push(raw), 'hang') };
    // As in production but for its bound: this server is given half a second to answer.
    const impatient = await startMailService({ databaseUrl: database.url, smtpUrl: `${sink.url}?socketTimeout=500` });
    try {
      const { record } = memberSays();
      for (let n = 0; n < RESENDS_MAX + 3; n += 1) await impatient.deliver(record);
      expect(copies).toHaveLength(1 + RESENDS_MAX);
      expect(await ledgerOf(record.id)).toMatchObject([
        { status: 'handing-over', ambiguous: true, attempts: 1 + RESENDS_MAX, acceptedAt: null },
      ]);
      const letters = await get<Record<string, unknown>[]>('/dead-letters?limit=1');
      expect(letters).toMatchObject([
        { eventId: record.id, reason: 'permanent', error: expect.stringContaining('the effect may have happened') },
      ]);
      const [inbox] = await service.dataSource.query('SELECT state, in_doubt FROM inbox_message WHERE event_id = $1', [
        record.id,
      ]);
      expect(inbox).toEqual({ state: 'dead', in_doubt: true });
    } finally {
      await impatient.stop();
    }
  });

  it('by a server that is away: waits as long as that takes', async () => {
    const { record } = memberSays();
    const { port } = sink;
    await sink.stop();
    for (const attempts of [1, 2, 3]) {
      expect(await service.deliver(record)).toEqual({ retryInMs: expect.any(Number) });
      expect(await ledgerOf(record.id)).toMatchObject([{ status: 'waiting', ambiguous: false, attempts }]);
    }
    expect(await smtpCheck()).toEqual({
      ready: true,
      detail: expect.stringContaining('not accepting: connect ECONNREFUSED'),
    });

    sink = await SmtpSink.start({}, port);
    expect(await service.deliver(record)).toEqual({ done: true });
    expect(sink.mails).toHaveLength(1);
  });
});

describe('the ledger’s page', () => {
  it('filters by recipient whatever its case, template and status, newest first and no more than asked', async () => {
    const { email, record } = memberSays();
    await service.deliver(record);
    const later = recordOf(emailRequested, { ...emailRequested.example, to: email.toUpperCase() });
    await service.deliver(later);

    const ids = async (query: string): Promise<unknown[]> =>
      (await get<LedgerRow[]>(`/mails?to=${encodeURIComponent(email)}${query}`)).map((mail) => mail['eventId']);
    expect(await ids('')).toEqual([later.id, record.id]);
    expect(await ids('&limit=1')).toEqual([later.id]);
    expect(await ids('&template=welcome')).toEqual([record.id]);
    expect(await ids('&status=accepted')).toEqual([later.id, record.id]);
    expect(await ids('&status=waiting')).toEqual([]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=100000', 'limit'],
    ['status=lost', 'status'],
    ['template=invoice', 'template'],
    ['eventID=1', '(query)'],
    ['constructor=1', '(query)'],
    ['to=%00', 'to'],
    ['eventId=a%00b', 'eventId'],
  ])('refuses ?%s and names %s', async (query, field) => {
    const response = await fetch(`${service.url}/mails?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ problems: [{ field, problem: expect.any(String) }] });
  });
});
