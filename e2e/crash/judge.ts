import { SERVICES } from '../../tools/stack/services.ts';
import { until } from '@event-bus/test-kit/until';
import type { Rig } from './rig.ts';
import { mailOf, scoreOf, TEMPLATES } from './score.ts';
import type { Event, Ledger, Score } from './score.ts';
import { some } from './some.ts';
import { readDeadTexts, readOwedTexts, readShownTexts, scoreOfTexts } from './texts.ts';
import type { TextScore } from './texts.ts';
import type { Promised } from './traffic.ts';

/** A group waits for members that were killed, a parked record for its time, a claim for the lease of who made it. */
const SETTLES_WITHIN_MS = 120_000;

const PUBLISHERS = ['member-service', 'order-service'] as const;

/** Where the outboxes stood; what comes later belongs to a point. */
export type Mark = Readonly<Record<(typeof PUBLISHERS)[number], string>>;

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
export async function judge(
  rig: Rig,
  since: Mark,
  { promised, hasTexts }: { readonly promised: readonly Promised[]; readonly hasTexts: boolean },
): Promise<Score> {
  await until(
    'everything to have come to its end',
    async () => (await isSettled(rig, since)) && (!hasTexts || (await textsSince(rig, since)).lost === 0),
    SETTLES_WITHIN_MS,
  ).catch(() => undefined);
  const [events, ledger, halves, texts] = await Promise.all([
    eventsSince(rig, since),
    readLedger(rig),
    findHalves(rig),
    hasTexts ? textsSince(rig, since) : undefined,
  ]);
  return scoreOf({ events, ledger, arrivals: arrivalsOf(rig), promised, halves, texts });
}

async function textsSince(rig: Rig, since: Mark): Promise<TextScore> {
  const [owed, dead] = await Promise.all([readOwedTexts(rig, since), readDeadTexts(rig)]);
  return scoreOfTexts({ owed, dead, shown: readShownTexts(rig) });
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

/** What one service has and another should have by now, or two of its own records that must agree. */
async function findHalves({ system }: Rig): Promise<string[]> {
  const ids = async (service: (typeof PUBLISHERS)[number], sql: string): Promise<Set<string>> =>
    new Set((await system.query<{ id: string }>(service, sql)).map(({ id }) => id));
  const [members, signUps, customers, givenUp, completed, orderCompleted] = await Promise.all([
    ids('member-service', 'SELECT id FROM member'),
    system.query<{ event: string; member: string }>(
      'member-service',
      `SELECT id AS event, aggregateid AS member FROM outbox WHERE type = 'member.signed-up'`,
    ),
    ids('order-service', 'SELECT member_id AS id FROM customer'),
    ids('order-service', 'SELECT event_id AS id FROM dead_letter'),
    ids('order-service', `SELECT id FROM purchase_order WHERE status = 'completed'`),
    ids('order-service', `SELECT aggregateid AS id FROM outbox WHERE type = 'order.completed'`),
  ]);
  const signedUp = new Set(signUps.map(({ member }) => member));
  const inLetters = signUps.filter(({ event }) => givenUp.has(event)).map(({ member }) => member);
  return [
    ...some('members without their event', missing(members, signedUp)),
    ...some('events without their member', missing(signedUp, members)),
    // A sign-up that was being processed in three processes that were killed is a dead letter there, with its payload.
    ...some('members that order-service does not know', missing(members, new Set([...customers, ...inLetters]))),
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
