import { Catch, UseFilters, applyDecorators } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { EventDefinition, TopicDefinition } from '../event-definition.ts';
import {
  ATTEMPTS_MAX,
  HANDLER_TIMEOUT_MS,
  HANDLER_TIMEOUT_MS_MAX,
  INBOX_MARGIN_MS,
  PARKED_AGE_MS_MAX,
  RESENDS_MAX,
} from '../limits.ts';
import { MessagingError } from '../errors.ts';
import type {
  AmbiguousPolicy,
  Confirmed,
  OutsideContext,
  RecordContext,
  TransactionContext,
} from './record-context.ts';

/**
 * What becomes of a key when a record of it is given up. `hold`: later records wait until the dead letter is redriven or
 * dropped, so that order is kept whatever happens. `skip`: they go on without it.
 */
export type GivenUpPolicy = 'hold' | 'skip';

/** When a handler's attempt has failed, when its record is given up, and what becomes of the key then. */
export interface GivingUp {
  /**
   * Its name, where another handler of the service has the same event: letters, digits and `-`. Such a handler has a consumer
   * group of its own, `<service>.<name>`, and so its own position, inbox rows, retries and dead letters. A new name is a new
   * group: it begins with the oldest record that the topic still has, so a name never changes.
   */
  readonly handler?: string;
  /** `hold` unless given: effects build on what came before. `skip` for outside effects. */
  readonly whenGivenUp?: GivenUpPolicy;
  /** Attempts after which a record becomes a dead letter although nothing is unavailable; ATTEMPTS_MAX unless given. */
  readonly attemptsMax?: number;
  /**
   * For how long the inbox knows that an event was handled. It must outlive the longest replay, and so it is the topic's
   * retention and a margin unless given.
   */
  readonly keepInboxMs?: number;
  /**
   * When a call of the handler has failed that has not ended, its transaction included; HANDLER_TIMEOUT_MS unless given. Above
   * the bounds of whatever it waits for.
   */
  readonly timeoutMs?: number;
  /** The age at which a record that waits in the database is given up, whatever it waits for; PARKED_AGE_MS_MAX unless given. */
  readonly parkedAgeMaxMs?: number;
}

/** Options of a handler whose effect is outside the database: it claims, acts and confirms. */
export interface OutsideOptions extends GivingUp {
  readonly effect: 'outside';
  readonly whenAmbiguous: AmbiguousPolicy;
  /** With `resend`: how often an effect of unknown outcome is tried again before it is held; RESENDS_MAX unless given. */
  readonly resendsMax?: number;
}

/** Options of a handler whose effect may happen again without harm. */
export interface RepeatableOptions extends GivingUp {
  readonly effect: 'repeatable';
  /**
   * `false`: the inbox is neither read nor written, so a handled event is handled again whenever its record is read again,
   * as after a restart or by a replay. True unless given.
   */
  readonly inbox?: boolean;
}

export interface DatabaseOptions extends GivingUp {
  /**
   * `true`: records of different keys are handled at the same time in one transaction, which is several times as fast. The handler
   * then sees what its neighbours have written and not committed, a row lock does not hold them off, and a savepoint or an
   * error in SQL that it catches is theirs too. For single statements on rows of its own key. False unless given: records that
   * share a transaction are handled one after the other, as if each had it for itself. Faster by half where the data source has
   * `extra: { pipeline: true }`.
   */
  readonly shareTransaction?: boolean;
}

/**
 * What has to be safe when a process ends at any moment. `database`: commits with the inbox, once. `outside`: is claimed and
 * confirmed. `repeatable`: may happen again without harm, as in a cache or an index.
 */
export type HandlerEffect =
  | { readonly kind: 'database'; readonly shared: boolean }
  | { readonly kind: 'outside'; readonly resendsMax: number }
  | { readonly kind: 'repeatable'; readonly inbox: boolean };

/** Options of `@OnEvents`: how many records one call gets, and how long it waits for them. */
export interface BatchOptions extends GivingUp {
  /** Records in one call, at most. */
  readonly max: number;
  /** How long the first of them may wait for the others. */
  readonly waitMs: number;
}

/** What the strategy learns of a handler through Nest's pattern metadata. */
export interface HandlerExtras {
  readonly event: EventDefinition;
  /** Undefined: its group is the service's. */
  readonly name: string | undefined;
  readonly effect: HandlerEffect;
  readonly whenGivenUp: GivenUpPolicy;
  readonly attemptsMax: number;
  readonly keepInboxMs: number;
  readonly timeoutMs: number;
  readonly parkedAgeMaxMs: number;
  readonly batch: { readonly max: number; readonly waitMs: number } | undefined;
}

/** Without a dot, which ends the service's name in that of the group. */
const HANDLER_NAME = /^[A-Za-z0-9-]{1,64}$/;

type HandlerDecorator<Body, Context, Result> = <Handler extends (payload: Body, context: Context) => Promise<Result>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/** Subscribes a controller's method to an event; its effects are in the service's database. */
export function OnEvent<Body>(
  event: EventDefinition<Body>,
  options?: DatabaseOptions,
): HandlerDecorator<Body, TransactionContext, void>;
/** Subscribes a controller's method whose effect is outside the database: it claims, acts, confirms. */
export function OnEvent<Body>(
  event: EventDefinition<Body>,
  options: OutsideOptions,
): HandlerDecorator<Body, OutsideContext, Confirmed>;
/** Subscribes a controller's method whose effect may be repeated without harm; it is, only when a process ends. */
export function OnEvent<Body>(
  event: EventDefinition<Body>,
  options: RepeatableOptions,
): HandlerDecorator<Body, RecordContext, void>;
export function OnEvent(
  event: EventDefinition,
  options: DatabaseOptions | OutsideOptions | RepeatableOptions = {},
): MethodDecorator {
  const effect = effectOf(options);
  return handler({
    event,
    effect,
    batch: undefined,
    ...settled(event, options, effect.kind === 'outside' ? 'skip' : 'hold'),
  });
}

function effectOf(options: DatabaseOptions | OutsideOptions | RepeatableOptions): HandlerEffect {
  if (!('effect' in options)) return { kind: 'database', shared: options.shareTransaction ?? false };
  if (options.effect === 'repeatable') return { kind: 'repeatable', inbox: options.inbox ?? true };
  // To hold is to try again not once.
  const { whenAmbiguous, resendsMax = RESENDS_MAX } = options;
  return { kind: 'outside', resendsMax: whenAmbiguous === 'hold' ? 0 : resendsMax };
}

/**
 * Subscribes a controller's method to many records of an event at once, for effects in the database that are cheaper by the
 * hundred. All of a call are one transaction, and each key's are in their order. When a call fails it is repeated in halves
 * until the record is found that fails by itself; so it must be safe to call again after a rollback, as any handler.
 */
export function OnEvents<Body>(
  event: EventDefinition<Body>,
  { max, waitMs, ...options }: BatchOptions,
): HandlerDecorator<Body[], TransactionContext[], void> {
  return handler({
    event,
    effect: { kind: 'database', shared: false },
    batch: { max, waitMs },
    ...settled(event, options, 'hold'),
  });
}

function settled(
  { name, topic }: EventDefinition,
  { handler: named, whenGivenUp, attemptsMax, keepInboxMs, timeoutMs = HANDLER_TIMEOUT_MS, parkedAgeMaxMs }: GivingUp,
  policy: GivenUpPolicy,
): Omit<HandlerExtras, 'event' | 'effect' | 'batch'> {
  if (!(timeoutMs >= 1 && timeoutMs <= HANDLER_TIMEOUT_MS_MAX)) {
    throw new MessagingError('DEFINITION_INVALID', `the handler of ${name} has a timeoutMs of ${timeoutMs}`);
  }
  if (named !== undefined && !HANDLER_NAME.test(named)) {
    throw new MessagingError(
      'DEFINITION_INVALID',
      `a handler of ${name} has the name ${JSON.stringify(named)}; it may have 1 to 64 letters, digits and -`,
    );
  }
  return {
    name: named,
    whenGivenUp: whenGivenUp ?? policy,
    attemptsMax: attemptsMax ?? ATTEMPTS_MAX,
    keepInboxMs: keepInboxMs ?? inboxWindowOf(topic),
    timeoutMs,
    parkedAgeMaxMs: parkedAgeMaxMs ?? PARKED_AGE_MS_MAX,
  };
}

/**
 * As long as a record may lie in its topic it may be read again: after a restart, by a replay, by a group that is reset. The
 * broker deletes whole segments, so records outlive their retention.
 */
export function inboxWindowOf({ retentionMs }: TopicDefinition): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + INBOX_MARGIN_MS;
}

function handler(extras: HandlerExtras): MethodDecorator {
  return applyDecorators(
    EventPattern<string>(extras.event.name, { handler: extras }),
    UseFilters(ERRORS_AS_THROWN),
    passPayloadAndContext,
  );
}

/** Nest passes the payload alone unless the parameters are marked; this marks them for every handler alike. */
const passPayloadAndContext: MethodDecorator = (target, name) => {
  Payload()(target, name, 0);
  Ctx()(target, name, 1);
};

/** Nest would turn an error into "Internal server error", and retry or dead letter could not be told apart. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** On every handler: what it throws reaches the consumer as it is. */
export const ERRORS_AS_THROWN = new PassErrorsOn();
