import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';
import type { ClaimFacts, RecordContext } from '../handler/record-context.ts';
import { dropDeadLetters } from '../dead-letters/resolve-dead-letters.ts';
import { MessagingError, PermanentError } from '../errors.ts';
import { CallBatcher } from '../database/call-batcher.ts';
import { CLAIMS_PATIENCE, INBOX_ROWS_AT_ONCE_MAX } from '../limits.ts';
import { hasEnded } from '../database/instance-lock.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import { queryOf } from '../database/query.ts';
import { askOfMany, handlerNameOf, RECORDS } from './inbox-rows.ts';
import { inBoundedTransaction } from '../database/in-transaction.ts';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';

type WriteClaim = (manager: EntityManager, claim: ClaimFacts) => Promise<void>;
type WriteConfirmed = (manager: EntityManager) => Promise<void>;

interface Claiming {
  readonly record: RecordContext;
  readonly write: WriteClaim | undefined;
}

interface Confirming {
  readonly record: RecordContext;
  readonly write: WriteConfirmed | undefined;
}

/** Ends a handler early; nothing went wrong. */
export class AlreadyHandled extends Error {}

const FIRST_CLAIM: ClaimFacts = { ambiguous: false, attempt: 1, unconfirmed: 0 };

const CLAIM = `
  INSERT INTO inbox_message (consumer_group, handler, event_id, state, claimed_by, topic, "partition", "offset")
  SELECT consumer_group, handler, event_id, 'claimed', $7, topic, "partition", "offset" FROM ${RECORDS}
  ON CONFLICT DO NOTHING
  RETURNING handler, event_id`;

const CONFIRM = `
  UPDATE inbox_message AS inbox SET state = 'done', claimed_by = NULL, done_at = clock_timestamp()
    FROM ${RECORDS}
   WHERE inbox.consumer_group = record.consumer_group AND inbox.handler = record.handler
     AND inbox.event_id = record.event_id AND state = 'claimed' AND claimed_by = $7
  RETURNING inbox.handler, inbox.event_id`;

/** Whatever happened to the claim meanwhile, the effect certainly happened. */
const CONFIRM_TAKEN = `
  INSERT INTO inbox_message AS inbox (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
  SELECT consumer_group, handler, event_id, 'done', topic, "partition", "offset", clock_timestamp() FROM ${RECORDS}
  ON CONFLICT (consumer_group, handler, event_id) DO UPDATE
     SET state = 'done', claimed_by = NULL, in_doubt = false, done_at = excluded.done_at
   WHERE inbox.state <> 'done'
  RETURNING handler, event_id`;

const ONE = `consumer_group = $1 AND handler = $2 AND event_id = $3`;

const LOOK = `SELECT state, claimed_by, in_doubt, unconfirmed FROM inbox_message WHERE ${ONE} FOR UPDATE`;

const CLAIM_AGAIN = `
  UPDATE inbox_message SET state = 'claimed', claimed_by = $4, attempts = attempts + 1, in_doubt = false, unconfirmed = $5
   WHERE ${ONE} RETURNING attempts`;

/** Of one attempt alone: one that ends late, after its time-out, must not release the next. */
const RELEASE = `
  UPDATE inbox_message SET state = 'released', claimed_by = NULL
   WHERE ${ONE} AND state = 'claimed' AND claimed_by = $4 AND attempts = $5`;

interface ClaimedRow {
  state: 'done' | 'claimed' | 'released' | 'dead';
  claimed_by: number | null;
  /** Given up in doubt and redriven since: an operator decided that it is to be retried. */
  in_doubt: boolean;
  /** Attempts before the one that is claimed, or was last, of which it is not known whether they acted. */
  unconfirmed: number;
}

/**
 * The claims of this process in the inbox. Those that come at the same time share a transaction, and so do confirmations;
 * any other case has its own.
 */
export class Claims {
  readonly #dataSource: DataSource;
  readonly #instanceLock: InstanceLock;
  readonly #claiming: CallBatcher<Claiming, boolean>;
  readonly #confirming: CallBatcher<Confirming, boolean>;

  constructor(dataSource: DataSource, instanceLock: InstanceLock) {
    this.#dataSource = dataSource;
    this.#instanceLock = instanceLock;
    this.#claiming = new CallBatcher(
      INBOX_ROWS_AT_ONCE_MAX,
      async (claims) => this.#writeClaims(claims),
      CLAIMS_PATIENCE,
    );
    this.#confirming = new CallBatcher(
      INBOX_ROWS_AT_ONCE_MAX,
      async (confirmations) => this.#writeConfirmations(confirmations),
      CLAIMS_PATIENCE,
    );
  }

  /** @throws AlreadyHandled, CLAIM_HELD_ELSEWHERE, OUTCOME_UNKNOWN, INSTANCE_LOCK_LOST */
  async claim(record: RecordContext, resendsMax: number, write: WriteClaim | undefined): Promise<ClaimFacts> {
    if (this.#instanceLock.session === undefined) {
      throw new MessagingError(
        'INSTANCE_LOCK_LOST',
        'the database does not know that this process is alive, so others would not respect its claim',
      );
    }
    // One that has failed before may hold up the transaction that it shares.
    const claiming = { record, write: write && AsyncLocalStorage.bind(write) };
    const isFirst = record.attempt > 1 ? await this.#writeClaims([claiming]) : [await this.#claiming.add(claiming)];
    if (isFirst[0] === true) return FIRST_CLAIM;
    return inBoundedTransaction(this.#dataSource, async (manager) => {
      const facts = await this.#claimAgain(manager, record, resendsMax);
      await write?.(manager, facts);
      return facts;
    });
  }

  /** Retried for as long as the database is unavailable: the effect has happened. */
  async confirm(record: RecordContext, write: WriteConfirmed | undefined): Promise<void> {
    const confirming = { record, write: write && AsyncLocalStorage.bind(write) };
    let attempts = 0;
    const confirm = async (): Promise<void> => {
      attempts += 1;
      const isOurs =
        attempts > 1 ? await this.#writeConfirmations([confirming]) : [await this.#confirming.add(confirming)];
      if (isOurs[0] !== true) await this.#confirmTaken(confirming);
    };
    await retryWhileUnavailable(this.#dataSource, confirm, record.signal);
  }

  /** The effect certainly did not happen in this attempt, a number that `claim` gave. */
  async release(record: RecordContext, attempt: number): Promise<void> {
    await retryWhileUnavailable(this.#dataSource, async () =>
      this.#dataSource.query(RELEASE, [...keyOf(record), this.#instanceLock.id, attempt]),
    );
  }

  #writeClaims(claims: readonly Claiming[]): Promise<boolean[]> {
    return this.#writeTogether(CLAIM, claims, async ({ write }, manager) => write?.(manager, FIRST_CLAIM));
  }

  #writeConfirmations(confirmations: readonly Confirming[]): Promise<boolean[]> {
    return this.#writeTogether(CONFIRM, confirmations, async ({ write }, manager) => write?.(manager));
  }

  async #writeTogether<Work extends { readonly record: RecordContext }>(
    statement: string,
    works: readonly Work[],
    write: (work: Work, manager: EntityManager) => Promise<void>,
  ): Promise<boolean[]> {
    return inBoundedTransaction(this.#dataSource, async (manager) => {
      const records = works.map(({ record }) => record);
      const taken = await askOfMany(queryOf(manager), statement, records, this.#instanceLock.id);
      // Beside each other, so that the callers' writes can be batched too. All end before the transaction does.
      const writes = await Promise.allSettled(
        works.filter((_, index) => taken[index]).map(async (work) => write(work, manager)),
      );
      for (const written of writes) if (written.status === 'rejected') throw written.reason;
      return taken;
    });
  }

  async #claimAgain(manager: EntityManager, record: RecordContext, resendsMax: number): Promise<ClaimFacts> {
    const query = queryOf(manager);
    const key = keyOf(record);
    const [row] = await query<ClaimedRow>(LOOK, key);
    const { state, claimed_by: owner, in_doubt: resumedAfterDoubt } = row!;
    if (state === 'done' || state === 'dead') throw new AlreadyHandled();
    const isOpen = state === 'claimed';
    if (isOpen && owner !== null && owner !== this.#instanceLock.id && !(await hasEnded(query, owner))) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'another instance is handling this event');
    }
    const unconfirmed = row!.unconfirmed + (isOpen ? 1 : 0);
    if (isOpen && !resumedAfterDoubt && unconfirmed > resendsMax) throw outcomeUnknown(unconfirmed);
    const [claimed] = await query<{ attempts: number }>(CLAIM_AGAIN, [...key, this.#instanceLock.id, unconfirmed]);
    return { ambiguous: unconfirmed > 0, attempt: claimed!.attempts, unconfirmed };
  }

  /**
   * Another instance took this process for dead while it was acting, and took the claim over or gave the record up. The doubt is
   * over: what is open about the event is closed. Nothing is left to do when it is confirmed already, by the instance that took it or by
   * an earlier attempt of this whose answer was lost.
   */
  async #confirmTaken({ record, write }: Confirming): Promise<void> {
    await inBoundedTransaction(this.#dataSource, async (manager) => {
      const query = queryOf(manager);
      const [confirmed] = await askOfMany(query, CONFIRM_TAKEN, [record]);
      if (confirmed !== true) return;
      const { name: event, id: eventId } = record.event;
      await dropDeadLetters(
        query,
        { group: record.group, event, eventId },
        { by: 'the handler, which confirmed its effect later' },
      );
      await write?.(manager);
    });
  }
}

function keyOf(record: RecordContext): [group: string, handler: string, eventId: string] {
  return [record.group, handlerNameOf(record), record.event.id];
}

function outcomeUnknown(attempts: number): PermanentError {
  const message =
    attempts === 1
      ? 'an earlier attempt was never confirmed; its effect may have happened'
      : `${attempts} earlier attempts were never confirmed; each may have had its effect`;
  return new PermanentError(message, {
    cause: new MessagingError('OUTCOME_UNKNOWN', 'claimed and not confirmed'),
  });
}
