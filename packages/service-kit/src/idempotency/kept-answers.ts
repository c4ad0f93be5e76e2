import type { EntityManager } from 'typeorm';
import { HttpProblem } from '../http/http-problem.ts';
import type { ProblemType } from '../http/http-problem.ts';
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
 * @throws KeyInProgress, a 409, while another request with this key is in progress, in any instance
 * @throws KeyUsedOtherwise, a 422, when the key was used for another request
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

export const keyInProgress: ProblemType = {
  type: '/problems/idempotency-key-in-progress',
  status: 409,
  title: `A request with this ${IDEMPOTENCY_KEY} is in progress`,
};

export const keyReused: ProblemType = {
  type: '/problems/idempotency-key-reused',
  status: 422,
  title: `This ${IDEMPOTENCY_KEY} was used for another request`,
};

/** The interceptor adds `Retry-After`. */
export class KeyInProgress extends HttpProblem {
  constructor() {
    super(keyInProgress, {
      detail: 'Please retry in a moment: the answer will be the same.',
      problems: [{ path: IDEMPOTENCY_KEY, message: 'is in use by a request in progress' }],
    });
  }
}

class KeyUsedOtherwise extends HttpProblem {
  constructor() {
    super(keyReused, {
      detail: 'A new request needs a new key.',
      problems: [{ path: IDEMPOTENCY_KEY, message: 'was used for another request' }],
    });
  }
}
