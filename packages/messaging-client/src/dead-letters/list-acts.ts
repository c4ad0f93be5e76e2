import type { Query } from '../database/query.ts';

/** What an operator did about a dead letter or about a rejected row of the outbox. */
export interface OperatorAct {
  readonly about: 'dead-letter' | 'outbox-row';
  /** bigint as text; counts for each kind. */
  readonly id: string;
  readonly action: 'redrive' | 'drop' | 'retry';
  readonly by: string;
  /** ISO time with microseconds, as it also names a place in the list. */
  readonly at: string;
  /** null for a row of the outbox. */
  readonly deadLetterId: string | null;
  /** null where the dead letter has been deleted since, or had none. */
  readonly eventId: string | null;
  readonly isEdited: boolean;
}

/** The last act of the page before. */
export type ActPlace = Pick<OperatorAct, 'at' | 'about' | 'id'>;

/** REDRIVES_MAX without force bounds them; a loop of forced redrives is cut off here. */
const ACTS_OF_LETTER_MAX = 100;

export interface LetterAct {
  readonly action: string;
  readonly by: string;
  readonly at: Date;
  readonly detail: unknown;
}

const OF_LETTER = `
  SELECT action, by_whom AS by, at, detail FROM dead_letter_audit WHERE dead_letter_id = $1 ORDER BY id LIMIT ${ACTS_OF_LETTER_MAX}`;

/** Oldest first. */
export async function findActsOfLetter(query: Query, id: string): Promise<LetterAct[]> {
  return query<LetterAct>(OF_LETTER, [id]);
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const ACTS = `
  SELECT about, id::text AS id, action, by, to_char(at AT TIME ZONE 'UTC', ${ISO}) AS at, "deadLetterId", "eventId", "isEdited"
    FROM (SELECT 'dead-letter' AS about, audit.id, action, by_whom AS by, at, dead_letter_id AS "deadLetterId",
                 letter.event_id AS "eventId", coalesce(detail ->> 'edited', '') <> '' AS "isEdited"
            FROM dead_letter_audit AS audit LEFT JOIN dead_letter AS letter ON letter.id = dead_letter_id
           UNION ALL
          SELECT 'outbox-row', id, action, by_whom, at, NULL, event_id::text, false FROM outbox_audit) AS act
   WHERE ($1::timestamptz IS NULL OR (at, about, id) < ($1, $2, $3::bigint)) AND ($4::text IS NULL OR "eventId" = $4)
   ORDER BY act.at DESC, about DESC, act.id DESC LIMIT $5`;

/** Newest first; those about one event, if it is given. */
export async function listActs(
  query: Query,
  eventId: string | undefined,
  limit: number,
  after?: ActPlace,
): Promise<OperatorAct[]> {
  return query<OperatorAct>(ACTS, [after?.at ?? null, after?.about ?? null, after?.id ?? null, eventId ?? null, limit]);
}
