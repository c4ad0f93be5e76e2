import type { z } from 'zod';

/** Where records of one kind are kept. Created from here where it is missing; what is there already is never changed. */
export interface TopicDefinition {
  readonly name: string;
  /** Upper bound of instances of one consumer group that can share the work. */
  readonly partitions: number;
  /** How long the broker keeps a record, in milliseconds. */
  readonly retentionMs: number;
}

/**
 * One thing that may be said: a fact (`member.signed-up`) or a command (`email.requested`).
 * Types, validation, the wire and the documentation all derive from this value.
 */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType> {
  /** `noun.past-participle`; the `ce_type` header. */
  readonly name: string;
  /** Raised by a breaking change only; consumers refuse a version they do not know. */
  readonly version: number;
  readonly topic: TopicDefinition;
  readonly schema: Schema;
  /** Records with the same key keep their order. Never empty. */
  readonly key: (payload: z.output<Schema>) => string;
  /** The service that may publish it; `any` for a command that every service may give. */
  readonly owner: string;
  readonly summary: string;
  readonly example: z.input<Schema>;
}

export type PayloadOf<Event extends EventDefinition> = z.output<Event['schema']>;

/** Gives the literal its types; there is nothing else to it. */
export function defineEvent<Schema extends z.ZodType>(event: EventDefinition<Schema>): EventDefinition<Schema> {
  return event;
}
