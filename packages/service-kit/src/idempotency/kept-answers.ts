import { ConflictException, UnprocessableEntityException } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { IDEMPOTENCY_KEY } from './read-idempotency-key.ts';

export interface KeyedRequest {
  /** Method and route. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of URL and body. */
  readonly fingerprint: Buffer;
}

export interface KeptAnswer {
  readonly status: number;
  /** JSON; null for an answer without a body. */
  readonly answer: string | null;
}

/** Until the transaction ends. PostgreSQL releases it when its holder dies, so nothing is in progress for ever. */
const TAKE = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken';
const FIND = 'SELECT fingerprint, status, answer FROM idempotency_key WHERE scope = $1 AND key = $2';
const KEEP = 'INSERT INTO idempotency_key (scope, key, fingerprint, status, answer) VALUES ($1, $2, $3, $4, $5)';

/**
 * Locks the key for this transaction and returns its stored answer, if any.
 * @throws ConflictException while another request with this key is in progress, in any instance
 * @throws UnprocessableEntityException when the key was used for another request
 */
export async function takeKey(manager: EntityManager, request: KeyedRequest): Promise<KeptAnswer | undefined> {
  const { scope, key, fingerprint } = request;
  const [{ taken }] = await manager.query<[{ taken: boolean }]>(TAKE, [JSON.stringify([scope, key])]);
  if (!taken) throw new KeyInProgress();
  // A statement of its own, so that it sees what the previous holder has committed.
  const [kept] = await manager.query<Array<KeptAnswer & { fingerprint: Buffer }>>(FIND, [scope, key]);
  if (kept !== undefined && !kept.fingerprint.equals(fingerprint)) throw new KeyUsedOtherwise();
  return kept;
}

export async function keepAnswer(manager: EntityManager, request: KeyedRequest, kept: KeptAnswer): Promise<void> {
  await manager.query(KEEP, [request.scope, request.key, request.fingerprint, kept.status, kept.answer]);
}

/** The filter adds `Retry-After`. */
export class KeyInProgress extends ConflictException {
  constructor() {
    super({
      message: `A request with this ${IDEMPOTENCY_KEY} is in progress. Please retry in a moment: the answer will be the same.`,
      problems: [{ field: IDEMPOTENCY_KEY, problem: 'is in use by a request in progress' }],
    });
  }
}

class KeyUsedOtherwise extends UnprocessableEntityException {
  constructor() {
    super({
      message: `This ${IDEMPOTENCY_KEY} was used for another request. A new request needs a new key.`,
      problems: [{ field: IDEMPOTENCY_KEY, problem: 'was used for another request' }],
    });
  }
}
