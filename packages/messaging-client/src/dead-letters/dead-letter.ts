import type { GivenUpPolicy } from '../handler/on-event.decorator.ts';
import type { NotedAttempt } from '../parking/noted-attempt.ts';

/**
 * `undecodable`: not an event, or a whole batch that cannot be decoded. `invalid`: not the payload that its catalog entry defines.
 * `unknown-version`: older than the versions that this service reads, or newer and it has waited for a deployment for too long.
 * `permanent`: the handler gave up. `exhausted`: it kept failing though nothing was unavailable. `poison`: processes end when
 * they handle it. `expired`: it waited for longer than its handler allows.
 */
export const DEAD_LETTER_REASONS = [
  'undecodable',
  'invalid',
  'unknown-version',
  'permanent',
  'exhausted',
  'poison',
  'expired',
] as const;

/** One of DEAD_LETTER_REASONS. */
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** `open` until an operator redrives or drops it. */
export type DeadLetterState = 'open' | 'redriven' | 'dropped';

/** A record that a consumer group has given up, as it was, with its error and what was done about it. */
export interface DeadLetter {
  id: string;
  group: string;
  topic: string;
  partition: number;
  /** int64 as text. */
  offset: string;
  /** Of a whole batch that could not be decoded, whose first offset is `offset` and whose bytes are `value`; else null. */
  lastOffset: string | null;
  /** Base64 of the original bytes; null where the record had none. */
  key: string | null;
  value: string | null;
  /** Name and base64 of the value, in the record's order. */
  headers: Array<[string, string]>;
  eventId: string | null;
  event: string | null;
  reason: DeadLetterReason;
  error: string;
  attempts: number;
  /** The failed attempts, at most NOTED_ATTEMPTS_MAX, newest last; also those before a redrive. */
  history: readonly NotedAttempt[];
  state: DeadLetterState;
  /** Whether later records of its key wait for it while it is open. */
  policy: GivenUpPolicy;
  redrives: number;
  /** Base64 of the value that was tried last, when an operator had changed it. */
  editedValue: string | null;
  recordedAt: Date;
  createdAt: Date;
  resolvedAt: Date | null;
  resolvedBy: string | null;
}
