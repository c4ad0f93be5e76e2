import type { DataSource, EntityManager } from 'typeorm';
import type {
  AmbiguousPolicy,
  Claim,
  ClaimFacts,
  Confirmed,
  OutsideContext,
  RecordContext,
} from '../consume/record-context.ts';
import { MessagingError, PermanentError, TransientError } from '../errors.ts';
import { LOCK_SPACE } from '../presence.ts';
import { handlerNameOf } from './handle-once.ts';
import { inTransaction } from './in-transaction.ts';
import { whileDatabaseIsAway } from './while-database-is-away.ts';

export interface OutsideEffect {
  readonly dataSource: DataSource;
  readonly record: RecordContext;
  readonly whenAmbiguous: AmbiguousPolicy;
  /** This process, see Presence. */
  readonly claimedBy: number;
  readonly handle: (context: OutsideContext) => Promise<unknown>;
}

/** Ends a handler early; nothing went wrong. */
class AlreadyHandled extends Error {}

/**
 * Runs a handler whose effect is outside the database (an e-mail), at least once and with every doubt on record:
 * it claims, acts and confirms. A claim that nobody confirmed is ambiguous and goes by the handler's policy.
 * @returns false when the event was handled before
 */
export async function claimThenConfirm(effect: OutsideEffect): Promise<boolean> {
  try {
    await effect.handle({ ...effect.record, claim: async (write) => claim(effect, write) });
    return true;
  } catch (error) {
    if (error instanceof AlreadyHandled) return false;
    if (error instanceof TransientError) await release(effect);
    throw error;
  }
}

const FIRST_CLAIM = `
  INSERT INTO inbox_message (handler, event_id, state, claimed_by, topic, "partition", "offset")
  VALUES ($1, $2, 'claimed', $3, $4, $5, $6)
  ON CONFLICT DO NOTHING
  RETURNING attempts`;

async function claim(
  effect: OutsideEffect,
  write: ((manager: EntityManager, claim: ClaimFacts) => Promise<void>) | undefined,
): Promise<Claim> {
  const { record, dataSource, claimedBy } = effect;
  const facts = await inTransaction(dataSource, async (manager) => {
    const first: Array<{ attempts: number }> = await manager.query(FIRST_CLAIM, [
      handlerNameOf(record),
      record.event.id,
      claimedBy,
      record.topic,
      record.partition,
      record.offset,
    ]);
    const claimed = first.length > 0 ? { ambiguous: false, attempt: 1 } : await claimAgain(manager, effect);
    await write?.(manager, claimed);
    return claimed;
  });
  return { ...facts, confirm: async (write) => confirm(effect, write) };
}

interface ClaimedRow {
  state: 'done' | 'claimed' | 'released' | 'dead';
  claimed_by: number | null;
  /** Given up in doubt and redriven since: whoever did that has decided that it is to be tried again. */
  in_doubt: boolean;
}

async function claimAgain(manager: EntityManager, effect: OutsideEffect): Promise<ClaimFacts> {
  const { record, claimedBy } = effect;
  const key = [handlerNameOf(record), record.event.id];
  const rows: ClaimedRow[] = await manager.query(
    `SELECT state, claimed_by, in_doubt FROM inbox_message WHERE handler = $1 AND event_id = $2 FOR UPDATE`,
    key,
  );
  const { state, claimed_by: owner, in_doubt: decided } = rows[0]!;
  if (state === 'done' || state === 'dead') throw new AlreadyHandled();
  const ambiguous = state === 'claimed';
  if (ambiguous && owner !== null && owner !== claimedBy && !(await isGone(manager, owner))) {
    throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'another instance is at work on this event');
  }
  if (ambiguous && !decided && effect.whenAmbiguous === 'hold') {
    throw new PermanentError('an earlier attempt was never confirmed; its effect may have happened', {
      cause: new MessagingError('OUTCOME_UNKNOWN', 'claimed and not confirmed'),
    });
  }
  const [updated]: [Array<{ attempts: number }>, number] = await manager.query(
    `UPDATE inbox_message SET state = 'claimed', claimed_by = $3, attempts = attempts + 1, in_doubt = false
      WHERE handler = $1 AND event_id = $2 RETURNING attempts`,
    [...key, claimedBy],
  );
  return { ambiguous, attempt: updated[0]!.attempts };
}

/** A living process holds the lock of its name for as long as its session lasts; see Presence. */
async function isGone(manager: EntityManager, owner: number): Promise<boolean> {
  const rows: Array<{ gone: boolean }> = await manager.query('SELECT pg_try_advisory_xact_lock($1, $2) AS gone', [
    LOCK_SPACE.presence,
    owner,
  ]);
  return rows[0]!.gone;
}

async function confirm(
  { dataSource, record }: OutsideEffect,
  write: ((manager: EntityManager) => Promise<void>) | undefined,
): Promise<Confirmed> {
  const writeDown = async (manager: EntityManager): Promise<void> => {
    const [confirmed]: [unknown[], number] = await manager.query(
      `UPDATE inbox_message SET state = 'done', claimed_by = NULL, done_at = clock_timestamp()
        WHERE handler = $1 AND event_id = $2 AND state <> 'done' RETURNING 1`,
      [handlerNameOf(record), record.event.id],
    );
    // None: another instance took the claim over and confirmed it, or an earlier try of this did; what there was to write
    // is written.
    if (confirmed.length > 0) await write?.(manager);
  };
  await whileDatabaseIsAway(dataSource, async () => inTransaction(dataSource, writeDown));
  return {} as Confirmed;
}

async function release({ dataSource, record, claimedBy }: OutsideEffect): Promise<void> {
  await whileDatabaseIsAway(dataSource, async () =>
    dataSource.query(
      `UPDATE inbox_message SET state = 'released', claimed_by = NULL
        WHERE handler = $1 AND event_id = $2 AND state = 'claimed' AND claimed_by = $3`,
      [handlerNameOf(record), record.event.id, claimedBy],
    ),
  );
}
