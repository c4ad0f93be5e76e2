import { SERVICES } from '../../tools/stack/parts/services.ts';
import { until } from '../harness/until.ts';
import type { Rig } from './rig.ts';
import type { Promised } from './shoppers.ts';

/** A group waits for members that were killed, a parked record for its time, a claim for the lease of who made it. */
const SETTLES_WITHIN_MS = 120_000;

const PUBLISHERS = ['member-service', 'order-service'] as const;

/** Which mail an event makes. */
const TEMPLATES: Readonly<Record<string, string>> = {
  'member.signed-up': 'welcome',
  'order.completed': 'order',
  'email.requested': 'requested',
};

export interface Score {
  /** Events that were committed, which includes everything that was answered. */
  readonly accepted: number;
  readonly mailed: number;
  readonly parked: number;
  readonly dead: number;
  /** Mails that the ledger says may have been sent twice. */
  readonly ambiguous: number;
  /** Mails that were sent twice without a word in the ledger. */
  readonly duplicates: number;
  /** Mails of one key of which a later one came first. */
  readonly disorder: number;
  /** What must not be, in words. */
  readonly problems: readonly string[];
}

/** Where the outboxes stood; what comes later belongs to a point. */
export type Mark = Readonly<Record<(typeof PUBLISHERS)[number], string>>;

interface Event {
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly key: string;
}

interface Ledger {
  readonly mails: ReadonlyMap<string, { readonly status: string; readonly ambiguous: boolean }>;
  readonly parked: ReadonlySet<string>;
  readonly dead: ReadonlySet<string>;
}

export async function markNow({ system }: Rig): Promise<Mark> {
  const marks = await Promise.all(
    PUBLISHERS.map(async (service) => {
      const [row] = await system.query<{ seq: string }>(
        service,
        'SELECT coalesce(max(seq), 0)::text AS seq FROM outbox',
      );
      return [service, row!.seq] as const;
    }),
  );
  return Object.fromEntries(marks) as Mark;
}

/** Waits until nothing is under way any more, or for as long as it could take, and judges what came since the mark. */
export async function judge(rig: Rig, since: Mark, promised: readonly Promised[]): Promise<Score> {
  await until('everything to have come to its end', async () => isSettled(rig, since), SETTLES_WITHIN_MS).catch(
    () => undefined,
  );
  const [events, ledger, halves] = await Promise.all([eventsSince(rig, since), readLedger(rig), findHalves(rig)]);
  const copies = arrivalsOf(rig);
  const mailed = events.filter((event) => copies.has(mailOf(event)));
  const notMailed = events.filter((event) => !copies.has(mailOf(event)));
  const parked = notMailed.filter(({ id }) => ledger.parked.has(id));
  const dead = notMailed.filter(({ id }) => ledger.dead.has(id) && !ledger.parked.has(id));
  const ambiguous = events.filter((event) => ledger.mails.get(mailOf(event))?.ambiguous === true);
  const twice = mailed.filter(
    (event) => copies.get(mailOf(event))!.length > 1 && ledger.mails.get(mailOf(event))?.ambiguous !== true,
  );
  const lost = notMailed.filter((event) => !parked.includes(event) && !dead.includes(event));
  const committed = new Set(events.flatMap(({ type, id, key }) => [`${type} ${id}`, `${type} ${key}`]));
  const unkept = promised.filter((promise) => !committed.has(promise));
  const unordered = disorderOf(events, copies);
  return {
    accepted: events.length,
    mailed: mailed.length,
    parked: parked.length,
    dead: dead.length,
    ambiguous: ambiguous.length,
    duplicates: twice.length,
    disorder: unordered.length,
    problems: [
      ...some('accepted and lost', lost.map(mailOf)),
      ...some('mailed twice and not ambiguous', twice.map(mailOf)),
      ...some('mailed out of order', unordered),
      ...some('answered and not committed', unkept),
      ...halves,
    ],
  };
}

/** The first few; the databases are there for the others. */
function some(what: string, which: readonly string[]): string[] {
  return which.length === 0 ? [] : [`${which.length} ${what}, such as ${which.slice(0, 3).join(', ')}`];
}

/** As the Message-ID has it, before the @. */
function mailOf({ id, type }: Event): string {
  return `${id}.${TEMPLATES[type]}`;
}

async function isSettled(rig: Rig, since: Mark): Promise<boolean> {
  await rig.ready();
  const waiting = await Promise.all(
    SERVICES.map(async (service) =>
      rig.system.query(service, 'SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1'),
    ),
  );
  if (waiting.some(({ length }) => length > 0)) throw new Error('outboxes are not empty');
  const [events, ledger] = await Promise.all([eventsSince(rig, since), readLedger(rig)]);
  const open = events.filter(
    (event) => ledger.mails.get(mailOf(event))?.status !== 'accepted' && !ledger.dead.has(event.id),
  );
  if (open.length > 0) throw new Error(`${open.length} mails are open, such as ${mailOf(open[0]!)}`);
  const halves = await findHalves(rig);
  if (halves.length > 0) throw new Error(halves.join(', '));
  return true;
}

async function eventsSince({ system }: Rig, since: Mark): Promise<Event[]> {
  const each = await Promise.all(
    PUBLISHERS.map(async (service) =>
      system.query<{ id: string; seq: string; type: string; key: string }>(
        service,
        'SELECT id, seq, type, aggregateid AS key FROM outbox WHERE seq > $1 AND type = ANY ($2)',
        [since[service], Object.keys(TEMPLATES)],
      ),
    ),
  );
  return each.flat().map((row) => ({ ...row, seq: Number(row.seq) }));
}

async function readLedger({ system }: Rig): Promise<Ledger> {
  const [mails, parked, dead] = await Promise.all([
    system.query<{ mail: string; status: string; ambiguous: boolean }>(
      'mail-service',
      `SELECT event_id || '.' || template AS mail, status, ambiguous FROM mail`,
    ),
    system.query<{ event_id: string }>('mail-service', 'SELECT event_id FROM parked_record'),
    system.query<{ event_id: string }>('mail-service', 'SELECT event_id FROM dead_letter'),
  ]);
  return {
    mails: new Map(mails.map((row) => [row.mail, row])),
    parked: new Set(parked.map((row) => row.event_id)),
    dead: new Set(dead.map((row) => row.event_id)),
  };
}

/** What one service has and another should have by now, or what it says of itself in two places. */
async function findHalves({ system }: Rig): Promise<string[]> {
  const ids = async (service: (typeof PUBLISHERS)[number], sql: string): Promise<Set<string>> =>
    new Set((await system.query<{ id: string }>(service, sql)).map(({ id }) => id));
  const [members, signedUp, customers, completed, orderCompleted] = await Promise.all([
    ids('member-service', 'SELECT id FROM member'),
    ids('member-service', `SELECT aggregateid AS id FROM outbox WHERE type = 'member.signed-up'`),
    ids('order-service', 'SELECT member_id AS id FROM customer'),
    ids('order-service', `SELECT id FROM purchase_order WHERE status = 'completed'`),
    ids('order-service', `SELECT aggregateid AS id FROM outbox WHERE type = 'order.completed'`),
  ]);
  return [
    ...some('members without their event', missing(members, signedUp)),
    ...some('events without their member', missing(signedUp, members)),
    ...some('members that order-service does not know', missing(members, customers)),
    ...some('completed orders without their event', missing(completed, orderCompleted)),
    ...some('events without their completed order', missing(orderCompleted, completed)),
  ];
}

function missing(those: ReadonlySet<string>, among: ReadonlySet<string>): string[] {
  return [...those].filter((one) => !among.has(one));
}

/** When each mail arrived, every copy of it, counted in mails. */
function arrivalsOf({ sink }: Rig): Map<string, number[]> {
  const arrivals = new Map<string, number[]>();
  for (const [index, { raw }] of sink.mails.entries()) {
    const mail = /^Message-ID:\s*<([^@>]+)@/im.exec(raw)?.[1];
    if (mail === undefined) continue;
    const before = arrivals.get(mail);
    if (before === undefined) arrivals.set(mail, [index]);
    else before.push(index);
  }
  return arrivals;
}

/** Mails of which some copy came after a mail that was asked for later, on the same key. */
function disorderOf(events: readonly Event[], arrivals: ReadonlyMap<string, readonly number[]>): string[] {
  const byKey = Object.values(Object.groupBy(events, ({ type, key }) => `${type} ${key}`));
  return byKey.flatMap((lane = []) => {
    let earliestLater = Infinity;
    const late: string[] = [];
    for (const event of lane.toSorted((a, b) => b.seq - a.seq)) {
      const at = arrivals.get(mailOf(event)) ?? [];
      if (Math.max(...at, -Infinity) > earliestLater) late.push(mailOf(event));
      earliestLater = Math.min(earliestLater, ...at);
    }
    return late;
  });
}
