import pg from 'pg';
import type { Stack } from '../stack/start-stack.ts';
import { readRecord } from './read-record.ts';
import type { Record } from './read-record.ts';
import { paint, say, title } from './screen.ts';
import { TourStopped } from './tour-stopped.ts';
import { waitFor } from './wait-for.ts';

export interface TourResult {
  /** When the mail server had taken the first mail. */
  readonly firstMailAt: Date;
}

export interface TourOptions {
  /** All parts are; the first step needs only those that start first. */
  readonly isAllReady?: Promise<void>;
  /** Whether sms-service is a part of it. */
  readonly hasTexts?: boolean;
  /** The first mail has been followed to the inbox. */
  readonly onFirstMail?: () => void;
}

interface OutboxRow {
  readonly seq: string;
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly publishedAt: Date;
  readonly partition: number;
  readonly offset: string;
}

/** Of an entry in mail-service's ledger, what the tour shows. */
interface LedgerEntry {
  readonly status: string;
  readonly attempts: number;
  readonly group: string;
  readonly partition: number;
  readonly offset: string;
  readonly recipient: string;
  readonly messageId: string;
  readonly createdAt: string;
  readonly acceptedAt: string;
  readonly error: string | null;
}

interface Inboxed {
  readonly subject: string;
  readonly to: readonly { readonly address: string }[];
  readonly headers: Readonly<{ [name: string]: unknown }>;
}

/** An example: the tour sends its text to the gateway of this machine alone. */
const PHONE = '+821012345678';

/**
 * The five steps of the flow for a sign-up and for an order, each with evidence from where it happened. The first needs only the
 * parts that start first.
 */
export async function giveTour(
  stack: Stack,
  { isAllReady, hasTexts = false, onFirstMail }: TourOptions = {},
): Promise<TourResult> {
  // An address that no earlier run has used: the data of earlier runs is kept.
  const email = `kim.${Date.now().toString(36)}@example.com`;

  title('A sign-up becomes a mail');
  const members = `${stack.url('member-service')}/members`;
  const signUp = await step('(1) request', 'member-service', () =>
    request(members, { email, name: '김하늘', locale: 'ko', ...(hasTexts && { phone: PHONE }) }),
  );
  const { eventId, acceptedAt: firstMailAt } = await follow(stack, {
    service: 'member-service',
    key: signUp.id,
    email,
    signUp,
  });

  onFirstMail?.();
  await isAllReady;
  if (hasTexts) await showText(stack, eventId);
  title('A completed order becomes a mail');
  const orders = `${stack.url('order-service')}/orders`;
  // order-service learns of a member by its event; until it has consumed it, it rejects the order.
  const order = await step('(1) request', 'order-service', () =>
    waitFor('order-service to consume the sign-up', () =>
      request(orders, {
        memberId: signUp.id,
        items: [{ sku: 'TEA-1', name: '녹차', quantity: 2, unitPrice: { amount: 12_000, currency: 'KRW' } }],
      }),
    ),
  );
  const completed = await step('(1) request', 'order-service', () => request(`${orders}/${order.id}/complete`));
  await follow(stack, { service: 'order-service', key: order.id, email, signUp: completed });
  return { firstMailAt };
}

interface Answer {
  readonly id: string;
  readonly line: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Followed {
  readonly service: string;
  readonly key: string;
  readonly email: string;
  readonly signUp: Answer;
}

/** From the answer to the inbox. @returns the event, and when the mail server had taken the mail */
async function follow(
  stack: Stack,
  { service, key, email, signUp }: Followed,
): Promise<{ readonly eventId: string; readonly acceptedAt: Date }> {
  const clock = new Clock(signUp.sentAt);
  clock.show('(1) answer', signUp.answeredAt, signUp.line);

  const row = await step('(2) outbox row', service, () => readOutbox(stack.databaseUrl(service), key));
  clock.show('(2) outbox row', row.createdAt, `seq ${row.seq}, ${row.type}, event ${row.id}`);

  const record = await step('(3) record', 'log-broker', () =>
    waitFor('the record in the broker', () => readRecord(stack.broker, row)),
  );
  clock.show('(3) record', row.publishedAt, describeRecord(record));

  const entry = await step('(4) consumed', 'mail-service', () => readLedger(stack.url('mail-service'), row.id));
  clock.show(
    '(4) consumed',
    new Date(entry.createdAt),
    `by group ${entry.group}, attempt ${entry.attempts}, from partition ${entry.partition}, offset ${entry.offset}`,
  );

  const mail = await step('(5) mail', 'maildev', () => readInbox(stack.url('maildev'), email, entry.messageId));
  const acceptedAt = new Date(entry.acceptedAt);
  clock.show('(5) mail', acceptedAt, `“${mail.subject}” to ${mail.to.map(({ address }) => address).join(', ')}`);
  say(`${' '.repeat(COLUMN)}Message-ID ${entry.messageId}, at the mail server`);
  return { eventId: row.id, acceptedAt };
}

interface Text {
  readonly recipient: string;
  readonly segments: number;
  readonly gatewayId: string;
}

/** The same event, consumed by another service. */
async function showText(stack: Stack, eventId: string): Promise<void> {
  const text = await step('(6) text', 'sms-service', () =>
    waitFor('the text in the ledger', async () => {
      const response = await fetch(`${stack.url('sms-service')}/texts?eventId=${eventId}`);
      const [newest] = (await response.json()) as Text[];
      if (newest === undefined) throw new Error('the ledger has no text of this event');
      return newest;
    }),
  );
  say(`  ${paint('cyan', '(6) text'.padEnd(16))} ${' '.repeat(8)} to ${text.recipient}, ${text.segments} segment`);
  say(`${' '.repeat(COLUMN)}id ${text.gatewayId} at the gateway`);
}

/** Where a line's text begins. */
const COLUMN = 28;

/** Shows each step with the milliseconds since the one before, by the clocks of the processes: one machine, one clock. */
class Clock {
  #last: number;

  constructor(startedAt: number) {
    this.#last = startedAt;
  }

  show(name: string, at: number | Date, line: string): void {
    const ms = Number(at) - this.#last;
    this.#last = Math.max(Number(at), this.#last);
    say(`  ${paint('cyan', name.padEnd(16))} ${`+${Math.max(Math.round(ms), 0)} ms`.padStart(8)} ${line}`);
  }
}

async function step<T>(name: string, part: string, happen: () => Promise<T>): Promise<T> {
  try {
    return await happen();
  } catch (error) {
    throw new TourStopped(`step ${name}`, part, error);
  }
}

async function request(url: string, body?: unknown): Promise<Answer> {
  const sentAt = Date.now();
  const response = await fetch(url, {
    method: 'POST',
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
  const { id } = JSON.parse(text) as { id: string };
  const path = new URL(url).pathname.replace(id, ':id');
  return { id, line: `POST ${path} → ${response.status}, id ${id}`, sentAt, answeredAt: Date.now() };
}

async function readOutbox(databaseUrl: string, key: string): Promise<OutboxRow> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await waitFor('the outbox row to be published', async () => {
      const { rows } = await client.query<OutboxRow>(
        `SELECT seq, id, aggregatetype AS topic, aggregateid AS key, type, created_at AS "createdAt",
                published_at AS "publishedAt", "partition", "offset"
           FROM outbox WHERE aggregateid = $1 AND published_at IS NOT NULL ORDER BY seq DESC LIMIT 1`,
        [key],
      );
      return rows[0];
    });
  } finally {
    await client.end();
  }
}

async function readLedger(mailService: string, eventId: string): Promise<LedgerEntry> {
  return waitFor('mail-service to have sent the mail', async () => {
    const [entry] = (await getJson(`${mailService}/mails?eventId=${eventId}`)) as LedgerEntry[];
    if (entry !== undefined && entry.status !== 'accepted') {
      throw new Error(`the ledger shows ${entry.status}${entry.error === null ? '' : `, ${entry.error}`}`);
    }
    return entry;
  });
}

async function readInbox(mailDev: string, address: string, messageId: string): Promise<Inboxed> {
  return waitFor('the mail in the inbox', async () => {
    const mails = (await getJson(`${mailDev}/api/email?to.address=${encodeURIComponent(address)}`)) as Inboxed[];
    return mails.find(({ headers }) => headers['message-id'] === messageId);
  });
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return response.json();
}

function describeRecord({ topic, partition, offset, key }: Record): string {
  return `topic ${topic}, partition ${partition}, offset ${offset}, key ${key}`;
}
