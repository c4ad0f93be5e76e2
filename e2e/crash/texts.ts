import { readFileSync } from 'node:fs';
import type { Rig } from './rig.ts';
import { some } from './some.ts';

/** A text that an event owes. */
export interface OwedText {
  readonly event: string;
  readonly to: string;
}

/** A text as the inbox of the gateway shows it. */
export interface ShownText {
  /** By which sms-service sends it again: the id of the event, and the template. */
  readonly key: string;
  readonly to: string;
  readonly text: string;
}

export interface TextScore {
  readonly shown: number;
  readonly lost: number;
  readonly doubled: number;
  /** Violations, as sentences. */
  readonly problems: readonly string[];
}

const OWED: Readonly<Record<string, string>> = {
  'member-service': `SELECT id AS event, payload ->> 'phone' AS "to" FROM outbox WHERE type = 'member.signed-up' AND seq > $1`,
  'order-service': `SELECT id AS event, payload -> 'customer' ->> 'phone' AS "to" FROM outbox WHERE type = 'order.completed' AND seq > $1`,
};

/** What customers with a phone number were promised since the mark. */
export async function readOwedTexts({ system }: Rig, since: Readonly<Record<string, string>>): Promise<OwedText[]> {
  const each = await Promise.all(
    Object.entries(OWED).map(async ([service, sql]) =>
      system.query<{ event: string; to: string | null }>(service, sql, [since[service]]),
    ),
  );
  return each.flat().filter((owed): owed is OwedText => owed.to !== null);
}

/** Every line is a text; the last one may be half of one, as long as the gateway has not started again. */
export function readShownTexts({ textLog }: Rig): ShownText[] {
  const lines = readFileSync(textLog, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ShownText);
}

/** Events that became dead letters in sms-service. */
export async function readDeadTexts({ system }: Rig): Promise<Set<string>> {
  const rows = await system.query<{ event_id: string }>('sms-service', 'SELECT event_id FROM dead_letter');
  return new Set(rows.map((row) => row.event_id));
}

/** A person sees the number and the words, and no keys: two texts with the same of both are one too many. */
export function scoreOfTexts({
  owed,
  shown,
  dead,
}: {
  readonly owed: readonly OwedText[];
  readonly shown: readonly ShownText[];
  readonly dead: ReadonlySet<string>;
}): TextScore {
  const sent = new Set(shown.map(({ key }) => eventOf(key)));
  const numbers = new Set(owed.map(({ to }) => to));
  const ours = shown.filter(({ to }) => numbers.has(to));
  const lost = owed.filter(({ event }) => !sent.has(event) && !dead.has(event));
  const copies = Object.values(Object.groupBy(ours, ({ to, text }) => `${to} ${text}`));
  const doubled = copies.flatMap((each = []) => each.slice(1));
  return {
    shown: ours.length,
    lost: lost.length,
    doubled: doubled.length,
    problems: [
      ...some(
        'texts owed and lost',
        lost.map(({ event }) => event),
      ),
      ...some(
        'texts shown twice',
        doubled.map(({ key }) => key),
      ),
      ...(owed.length === 0 ? ['no event owed a text'] : []),
    ],
  };
}

function eventOf(key: string): string {
  return key.split('.')[0]!;
}
