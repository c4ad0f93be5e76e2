import { AsyncLocalStorage } from 'node:async_hooks';
import { continueTrace } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

/** The record that is being handled, for logs. */
export interface CurrentRecord {
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** What the running work belongs to. One asynchronous context for trace and record: each costs every record its part. */
export interface Scope {
  /** Of the span that caused this work; a new trace begins where there is none, or where it is malformed. */
  readonly traceparent: string | undefined;
  /** The record that is being handled. */
  readonly record: CurrentRecord | undefined;
  /** Its own span. Where spans are not recorded, its ids are made when they are needed. */
  trace: TraceContext | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();

export function runInScope<Result>(scope: Scope, work: () => Result): Result {
  return scopes.run(scope, work);
}

/** Of the span that the running work is part of, as far as one was made: its own, or the one that caused it. */
export function currentTraceparent(): string | undefined {
  const scope = scopes.getStore();
  return scope?.trace?.traceparent ?? scope?.traceparent;
}

/** Ids of the span that the running work is part of; undefined where no record or request is being handled. */
export function currentTrace(): TraceContext | undefined {
  const scope = scopes.getStore();
  if (scope === undefined) return undefined;
  return (scope.trace ??= continueTrace(scope.traceparent));
}

/** The record that is being handled in this asynchronous context. */
export function currentRecord(): CurrentRecord | undefined {
  return scopes.getStore()?.record;
}
