import type { Query } from '../database/query.ts';

/** What an act on dead letters means for other records; of the moment when it is queried. */
export interface Foreseen {
  /** Letters that hold their keys. */
  readonly holding: number;
  /** Records that wait behind those. */
  readonly waiting: number;
  /** Letters that hold nothing: later records of their keys have been handled already. */
  readonly skipping: number;
  /** Letters whose event has been handled meanwhile, by another record of it. */
  readonly alreadyHandled: readonly string[];
}

const FORESEEN = `
  WITH letter AS MATERIALIZED (
    SELECT id, consumer_group, topic, "partition", lane, policy, event, event_id FROM dead_letter WHERE id = ANY ($1::uuid[])
  )
  SELECT (count(*) FILTER (WHERE policy = 'hold'))::integer AS holding,
         (SELECT count(*)::integer FROM parked_record
           WHERE (consumer_group, topic, "partition", lane) IN (
             SELECT consumer_group, topic, "partition", lane FROM letter WHERE policy = 'hold')) AS waiting,
         (count(*) FILTER (WHERE policy = 'skip'))::integer AS skipping,
         coalesce((SELECT json_agg(letter.id ORDER BY letter.id)
                     FROM letter JOIN inbox_message
                       ON inbox_message.consumer_group = letter.consumer_group AND handler = letter.event
                      AND inbox_message.event_id = letter.event_id
                    WHERE state = 'done'), '[]') AS "alreadyHandled"
    FROM letter`;

/** `ids`: the letters that the act would resolve */
export async function foreseeAct(query: Query, ids: readonly string[]): Promise<Foreseen> {
  const [foreseen] = await query<Foreseen>(FORESEEN, [ids]);
  return foreseen!;
}
